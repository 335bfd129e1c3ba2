import { notFound, refused, tokenExpired, unauthenticated } from './answers.ts';
import { isDelivered, type Reaction, reactionWord } from './behaviours.ts';
import type { Exchange } from './exchange.ts';
import { act } from './http.ts';
import type { Rooms } from './mailbox.ts';
import { platformOf } from './presentation.ts';
import { isFields } from './schema.ts';

const TOKENS_PER_CALL = 1000;
const TOPIC = /^\/topics\/([a-zA-Z0-9\-_.~%]{1,900})$/;
const BATCH = /^\/iid\/v1:(batchAdd|batchRemove)$/;
const SINGLE = /^\/iid\/v1\/([^/]+)\/rel(\/topics\/[^/]+)$/;
const INFO = /^\/iid\/info\/([^/?]+)/;

/** What a token gets of whose message FCM would say so. */
const RESULTS: Record<string, string> = {
  UNREGISTERED: 'NOT_FOUND',
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  SENDER_ID_MISMATCH: 'PERMISSION_DENIED',
  QUOTA_EXCEEDED: 'RESOURCE_EXHAUSTED',
  UNAVAILABLE: 'INTERNAL',
  INTERNAL: 'INTERNAL',
};

interface Call {
  remove: boolean;
  to: unknown;
  tokens: unknown;
}

/**
 * Topic management of the Instance ID service (https://developers.google.com/instance-id/reference/server), which in truth
 * lives at iid.googleapis.com. A rule about `/topics/<name>` is about the whole call, one about a token about that token.
 */
export class TopicManagement {
  readonly #rooms: Rooms;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  isFor({ url }: Exchange): boolean {
    return url.startsWith('/iid/');
  }

  async take(exchange: Exchange): Promise<void> {
    const body = await exchange.body();
    const { control, random } = this.#rooms;
    act(exchange, this.#judge(exchange, body ?? ''), control.latency(random));
  }

  #judge({ method, url, headers }: Exchange, body: string): Reaction {
    const now = Date.now();
    const credentials = this.#rooms.oauth.check(headers.authorization, now);
    if (credentials === 'expired') return { kind: 'answer', answer: tokenExpired() };
    // Without this header the bearer token is taken for one of the server keys that are no more.
    if (credentials === 'invalid' || headers['access_token_auth'] !== 'true')
      return { kind: 'answer', answer: unauthenticated() };

    const info = method === 'GET' ? INFO.exec(url)?.[1] : undefined;
    if (info !== undefined) return this.#info(decodeURIComponent(info));
    const call = method === 'POST' ? readCall(url, body) : undefined;
    return call ? this.#subscribe(call, now) : { kind: 'answer', answer: notFound() };
  }

  #subscribe({ remove, to, tokens }: Call, now: number): Reaction {
    const { steering, quotas, topics } = this.#rooms;
    const topic = typeof to === 'string' ? TOPIC.exec(to)?.[1] : undefined;
    if (topic === undefined) return invalid('to', 'Must be /topics/ and the name of a topic.');
    if (!Array.isArray(tokens) || tokens.length === 0 || tokens.length > TOKENS_PER_CALL)
      return invalid('registration_tokens', `Must be 1 to ${TOKENS_PER_CALL} registration tokens.`);

    const whole = { project: '', id: '', eventId: '' };
    const reaction = steering.react({ ...whole, target: `/topics/${topic}` });
    if (!isDelivered(reaction)) return reaction;
    const tooMany = quotas.topicCall('', now);
    if (tooMany) return { kind: 'answer', answer: tooMany };
    const results = tokens.map((token: unknown) => {
      if (typeof token !== 'string' || token === '') return { error: 'INVALID_ARGUMENT' };
      const error = RESULTS[reactionWord(steering.react({ ...whole, target: token }))];
      if (error) return { error };
      if (remove) topics.unsubscribe(token, topic);
      else if (!topics.subscribe(token, topic, now)) return { error: 'TOO_MANY_TOPICS' };
      return {};
    });
    const delayMs = reaction.kind === 'answer' ? reaction.delayMs : undefined;
    return { kind: 'answer', answer: { status: 200, body: { results }, word: 'OK' }, delayMs };
  }

  #info(token: string): Reaction {
    const { steering, topics } = this.#rooms;
    const reaction = steering.react({ project: '', id: '', eventId: '', target: token });
    if (!isDelivered(reaction)) return reaction;
    const body = {
      application: 'com.example.app',
      platform: platformOf(token).toUpperCase(),
      rel: { topics: topics.of(token) },
    };
    return { kind: 'answer', answer: { status: 200, body, word: 'OK' } };
  }
}

function readCall(url: string, text: string): Call | undefined {
  const [, token, topic] = SINGLE.exec(url) ?? [];
  if (token !== undefined && topic !== undefined)
    return { remove: false, to: decodeURIComponent(topic), tokens: [decodeURIComponent(token)] };
  const batch = BATCH.exec(url)?.[1];
  if (!batch) return undefined;
  const body = parse(text);
  return { remove: batch === 'batchRemove', to: body['to'], tokens: body['registration_tokens'] };
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    // Not JSON: refused as a call that names no topic.
    return {};
  }
}

const invalid = (field: string, description: string): Reaction => ({
  kind: 'answer',
  answer: refused({
    status: 400,
    rpcStatus: 'INVALID_ARGUMENT',
    message: description,
    violations: [{ field, description }],
  }),
});
