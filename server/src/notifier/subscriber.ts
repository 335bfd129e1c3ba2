import type { Logger } from '@nestjs/common';
import type { TopicAnswer, TopicManagement, TopicVerb } from '../delivery/topic-management';
import type { TopicChange, TopicResult, Topics } from '../devices/topics';
import type { Metrics } from '../telemetry/metrics';
import type { Role } from './background-role';
import type { Pruner } from './pruner';

/** How soon FCM is told of what another process has written down, in ms. */
const LOOK_EVERY_MS = 500;
/** How long the rest of a topic waits when FCM has trouble with some of its devices, in ms. */
const TROUBLED_MS = 10_000;
/** How long a topic waits after its first failed call, in ms; each further one waits twice as long. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 300_000;
/** FCM's guide: a quota of topics is given at least a minute. */
const THROTTLED_MS = 60_000;

/** FCM's words for a device that it does not know, and so has follow nothing. */
const UNKNOWN_TO_FCM = ['NOT_FOUND', 'UNREGISTERED', 'INVALID_ARGUMENT'];
/** Another try will not help these either. What else FCM says is its own trouble. */
const FINAL = [...UNKNOWN_TO_FCM, 'PERMISSION_DENIED', 'TOO_MANY_TOPICS'];

/**
 * Tells FCM which devices follow which topics, as the registry of devices has written it down. A device that FCM does not
 * know is left; only UNREGISTERED, FCM's own word, prunes it: NOT_FOUND is said by every Google API.
 */
export class Subscriber implements Role {
  readonly name = 'subscriber';
  /** Calls of a topic that failed, one after the other. */
  private readonly failures = new Map<string, number>();

  constructor(
    private readonly topics: Topics,
    private readonly management: TopicManagement,
    private readonly pruner: Pick<Pruner, 'learnGone'>,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<number> {
    const work = await this.topics.take();
    if (work.topic === null) return Math.min(work.nextInMs, LOOK_EVERY_MS);
    const { topic, changes } = work;
    const leaving = changes.filter(({ change }) => change.startsWith('-'));
    const joining = changes.filter(({ change }) => change.startsWith('+'));
    const left = await this.call('unsubscribe', topic, leaving);
    const joined = await this.call('subscribe', topic, joining);
    const restMs = Math.max(left.restMs, joined.restMs);
    await this.topics.settle(topic, [...left.results, ...joined.results], restMs);
    return 0;
  }

  private async call(verb: TopicVerb, topic: string, changes: readonly TopicChange[]) {
    if (changes.length === 0) return { results: [], restMs: 0 };
    const answer = await this.management.change(
      verb,
      topic,
      changes.map(({ token }) => token),
    );
    if (!answer.ok) return this.failed(verb, topic, changes, answer);
    this.failures.delete(topic);
    const results = changes.map((change, index) => resultOf(change, answer.results[index] ?? null));
    for (const { token, version, code } of results)
      if (code === 'UNREGISTERED') await this.pruner.learnGone({ token, kind: 'token', version }, code);
    for (const { verdict } of results) this.metrics.topicChanges.inc({ change: verb, outcome: verdict });
    const isTroubled = results.some(({ verdict }) => verdict === 'again');
    return { results, restMs: isTroubled ? TROUBLED_MS : 0 };
  }

  /** Nothing is known of the devices, which keep their tries: FCM said something of the call, or nothing at all. */
  private failed(
    verb: TopicVerb,
    topic: string,
    changes: readonly TopicChange[],
    { cause, code, message, retryAfterMs = 0 }: TopicAnswer & { ok: false },
  ) {
    this.logger.warn({
      msg: 'FCM was not told of a topic',
      verb,
      topic,
      devices: changes.length,
      code,
      message,
    });
    if (cause === 'message') {
      this.metrics.topicChanges.inc({ change: verb, outcome: 'failed' }, changes.length);
      const results = changes.map((change): TopicResult => ({ ...change, verdict: 'failed', code }));
      return { results, restMs: 0 };
    }
    this.metrics.topicChanges.inc({ change: verb, outcome: 'again' }, changes.length);
    const failures = (this.failures.get(topic) ?? 0) + 1;
    this.failures.set(topic, failures);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
    return { results: [], restMs: Math.max(pauseMs, retryAfterMs, cause === 'throttled' ? THROTTLED_MS : 0) };
  }
}

function resultOf(change: TopicChange, error: string | null): TopicResult {
  const isLeft = change.change.startsWith('-') && UNKNOWN_TO_FCM.includes(error ?? '');
  if (error === null || isLeft) return { ...change, verdict: 'done', code: '' };
  return { ...change, verdict: FINAL.includes(error) ? 'failed' : 'again', code: error };
}
