import type { Clock } from '../config/clock';
import type { AccessTokens } from './access-token';
import { classify } from './classify';
import type { Connections } from './connections';
import { within } from './deadline';
import type { DeliveryLogger } from './dry-run-provider';
import type { FailureCause } from './provider';

/** FCM takes so many devices in one call. */
export const TOKENS_PER_CALL = 1000;

const VERBS = { subscribe: 'batchAdd', unsubscribe: 'batchRemove' } as const;
export type TopicVerb = keyof typeof VERBS;

/** `results` has, for each token, null or FCM's word for why not, such as `NOT_FOUND` or `TOO_MANY_TOPICS`. */
export type TopicAnswer =
  | { ok: true; results: (string | null)[] }
  | { ok: false; cause: FailureCause | 'unknown'; code: string; message: string; retryAfterMs?: number };

/** Lets devices follow topics, and follow them no longer. */
export interface TopicManagement {
  /** One call for at most `TOKENS_PER_CALL`, never longer than its deadline. May be repeated; it does not throw. */
  change(verb: TopicVerb, topic: string, tokens: readonly string[]): Promise<TopicAnswer>;
  close(): Promise<void>;
}

/**
 * FCM's topic management (https://developers.google.com/instance-id/reference/server), which still is the only one that takes
 * many devices in a call.
 */
export class FcmTopicManagement implements TopicManagement {
  constructor(
    private readonly connections: Connections,
    private readonly accessTokens: AccessTokens,
    private readonly timeoutMs: number,
    private readonly clock: Clock,
  ) {}

  async change(verb: TopicVerb, topic: string, tokens: readonly string[]): Promise<TopicAnswer> {
    const endsAt = performance.now() + this.timeoutMs;
    const access = await within(this.timeoutMs, Promise.resolve(this.accessTokens.get()), undefined);
    if (!access?.ok)
      return failure('credentials', 'UNAUTHENTICATED', access?.problem ?? 'no access token in time');
    const body = JSON.stringify({ to: `/topics/${topic}`, registration_tokens: tokens });
    const headers = { authorization: `Bearer ${access.token}`, access_token_auth: 'true' };
    const leftMs = Math.max(endsAt - performance.now(), 0);
    const end = await this.connections.post(`/iid/v1:${VERBS[verb]}`, body, headers, leftMs);
    if (end.kind !== 'answered')
      return failure(end.kind === 'unsent' ? 'server' : 'unknown', 'UNAVAILABLE', end.reason);
    if (end.answer.status === 401) this.accessTokens.refuse(access.token);
    const results = end.answer.status === 200 ? readResults(end.answer.body, tokens.length) : undefined;
    if (results) return { ok: true, results };
    const result = classify(end.answer, { kind: 'topic', topic }, this.clock.now());
    if (result.outcome !== 'failed') return failure('unknown', 'UNKNOWN', "an answer that is not FCM's");
    const { cause, code, message, retryAfterMs } = result;
    return { ...failure(cause, code, message), ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }

  close(): Promise<void> {
    return this.connections.close();
  }
}

/** Tells nobody: logs what FCM would have been told. */
export class DryRunTopicManagement implements TopicManagement {
  constructor(private readonly logger: DeliveryLogger) {}

  change(verb: TopicVerb, topic: string, tokens: readonly string[]): Promise<TopicAnswer> {
    this.logger.info({ verb, topic, devices: tokens.length }, 'dry run: nothing left this machine');
    return Promise.resolve({ ok: true, results: tokens.map(() => null) });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function failure(cause: FailureCause | 'unknown', code: string, message: string) {
  return { ok: false as const, cause, code, message };
}

/** One for each token, in their order; undefined when the answer is something else. */
function readResults(body: string, count: number): (string | null)[] | undefined {
  try {
    const { results } = JSON.parse(body) as { results?: unknown };
    if (!Array.isArray(results) || results.length !== count) return undefined;
    return results.map((result: { error?: unknown } | null) => {
      const error = result?.error;
      return error === undefined ? null : typeof error === 'string' ? error : 'UNKNOWN';
    });
  } catch {
    // A proxy's page.
    return undefined;
  }
}
