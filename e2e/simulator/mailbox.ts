import { refused, tokenExpired, unauthenticated } from './answers.ts';
import { isDelivered, type Reaction, reactionWord } from './behaviours.ts';
import { type CheckedMessage, checkMessage } from './check-message.ts';
import type { Exchange } from './exchange.ts';
import { act } from './http.ts';
import type { Inbox } from './inbox.ts';
import type { Ledger } from './ledger.ts';
import type { OAuth } from './oauth.ts';
import type { Quotas } from './quotas.ts';
import type { Control } from './settings.ts';
import type { SteeringWheel } from './steering.ts';
import type { Topics } from './topics.ts';
import type { Traffic } from './traffic.ts';

/** Everything a message meets on its way. */
export interface Rooms {
  ledger: Ledger;
  inbox: Inbox;
  topics: Topics;
  steering: SteeringWheel;
  quotas: Quotas;
  oauth: OAuth;
  control: Control;
  traffic: Traffic;
  random: () => number;
}

const SEND_PATH = /^\/v1\/projects\/([^/]+)\/messages:send$/;
const REFUSED = { good: undefined, expired: tokenExpired(), invalid: unauthenticated() };
const TOO_LARGE = refused({
  status: 413,
  rpcStatus: 'INVALID_ARGUMENT',
  message: 'Request payload size exceeds the limit.',
});

/** `POST /v1/projects/:project/messages:send` */
export class Mailbox {
  readonly #rooms: Rooms;
  #messages = 0;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  isFor({ method, url }: Exchange): boolean {
    return method === 'POST' && SEND_PATH.test(url);
  }

  async take(exchange: Exchange): Promise<void> {
    const { traffic, control, random } = this.#rooms;
    traffic.begin(exchange);
    const body = await exchange.body();
    const project = decodeURIComponent(SEND_PATH.exec(exchange.url)?.[1] ?? '');
    const reaction = this.#judge(exchange, body, project);
    traffic.count(reactionWord(reaction));
    act(exchange, reaction, control.latency(random));
  }

  #judge({ headers }: Exchange, body: string | undefined, project: string): Reaction {
    const { oauth, quotas } = this.#rooms;
    const now = Date.now();
    const stranger = REFUSED[oauth.check(headers.authorization, now)];
    if (stranger) return { kind: 'answer', answer: stranger };
    if (body === undefined) return { kind: 'answer', answer: TOO_LARGE };

    const tooMany = quotas.message(project, now);
    const checked = checkMessage(body);
    if (!checked.ok) return { kind: 'answer', answer: tooMany ?? checked.answer };
    const id = checked.checked.validateOnly ? 'fake_message_id' : `0:${++this.#messages}`;
    const reaction: Reaction = tooMany
      ? { kind: 'answer', answer: tooMany }
      : this.#decide(project, id, checked.checked, now);
    this.#remember(project, id, checked.checked, reaction, now);
    return reaction;
  }

  #decide(project: string, id: string, { target, audience, message }: CheckedMessage, now: number): Reaction {
    const { quotas, steering } = this.#rooms;
    const { android, data } = message;
    const collapsible = android?.collapse_key !== undefined && parseFloat(android.ttl ?? '1') > 0;
    const tooMany = audience ? quotas.fanOut(project, now) : quotas.device(target, collapsible, now);
    const reaction: Reaction = tooMany
      ? { kind: 'answer', answer: tooMany }
      : steering.react({ target, project, id, eventId: data?.['event_id'] ?? '' });
    if (reaction.kind === 'answer' && reaction.answer.status === 429) quotas.giveBack(project);
    return reaction;
  }

  #remember(project: string, id: string, checked: CheckedMessage, reaction: Reaction, now: number): void {
    const { ledger, inbox, topics } = this.#rooms;
    const arrives = isDelivered(reaction);
    const name = arrives ? `projects/${project}/messages/${id}` : undefined;
    ledger.add({ project, answer: reactionWord(reaction), name, checked });
    if (!arrives || checked.validateOnly) return;
    const { target, audience, message } = checked;
    if (!audience) return inbox.deliver(target, { id, message }, now);
    for (const token of topics.reach(audience)) inbox.deliver(token, { id, message, topic: target }, now);
  }
}
