import type { FollowedTopic, UserTopics } from '../contract';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { DeviceKeys } from './device-keys';
import { KEPT_MS, MOST_TOPICS } from './lifetimes';

/** A topic that a definition has devices follow: all of them, or those of some platforms. */
export interface TopicRule {
  topic: string;
  platforms?: readonly string[] | undefined;
}

/** One device whose subscription is to be changed. */
export interface TopicChange {
  hash: string;
  /** As it stands in Redis: `+` or `-`, and how often it was tried. */
  change: string;
  token: string;
  /** The device's, when it was taken. */
  version: string;
}

export type TopicWork = { topic: string; changes: TopicChange[] } | { topic: null; nextInMs: number };

/** What came of a change. `again`: it may succeed later. */
export interface TopicResult extends TopicChange {
  verdict: 'done' | 'failed' | 'again';
  /** FCM's word for it; empty when it is done. */
  code: string;
}

export interface TopicSettings {
  /** Devices in one call: FCM takes 1,000. */
  perCall: number;
  /** Devices in a second, over all workers: FCM takes 3,000 of a project. */
  perSecond: number;
  /** How long one worker has a topic to itself; longer than its calls take, in ms. */
  leaseMs: number;
  /** After so many tries of a device that FCM has trouble with, it is left. */
  mostTries: number;
}

const SETTINGS: TopicSettings = { perCall: 1000, perSecond: 3000, leaseMs: 60_000, mostTries: 10 };

/**
 * Which topics devices follow, and what FCM has still to be told of it. The registry of devices writes the work in the scripts
 * that register, prune and sign out; workers take it from here. A worker that dies loses nothing: its topic is taken again
 * when its lease has ended, and to tell FCM twice does no harm. Rejects when Redis cannot be reached.
 */
export class Topics {
  private readonly keys: DeviceKeys;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
    private readonly settings = SETTINGS,
  ) {
    this.keys = new DeviceKeys(prefix);
  }

  /** Work of one topic, nobody else's until it is settled. */
  async take(): Promise<TopicWork> {
    const { perCall, perSecond, leaseMs } = this.settings;
    const args = { tag: this.keys.tag, most: perCall, per_second: perSecond, lease_ms: leaseMs };
    const keys = { due: this.keys.topicsDue, allowance: this.keys.topicAllowance };
    const [first, ...values] = (await COMMANDS.topicTake.run(this.redis, keys, args)) as [
      string | number,
      ...string[],
    ];
    if (typeof first === 'number') return { topic: null, nextInMs: first < 0 ? Infinity : first };
    const changes: TopicChange[] = [];
    for (let at = 0; at < values.length; at += 4) {
      const [hash, change, token, version] = values.slice(at, at + 4) as [string, string, string, string];
      changes.push({ hash, change, token, version });
    }
    return { topic: first, changes };
  }

  /** Puts down what came of it; what is left of the topic's work is due in `restMs`. */
  async settle(
    topic: string,
    results: readonly TopicResult[],
    restMs: number,
  ): Promise<{ done: number; failed: number; again: number }> {
    const lines = results.map(
      ({ hash, change, verdict, code }) =>
        `${hash} ${change} ${verdict} ${code.replace(/\s+/g, '_') || 'UNKNOWN'}`,
    );
    const args = {
      tag: this.keys.tag,
      topic,
      results: lines.join('\n'),
      rest_ms: restMs,
      most_tries: this.settings.mostTries,
    };
    const answer = await COMMANDS.topicSettle.run(this.redis, { due: this.keys.topicsDue }, args);
    const [done, failed, again] = answer as [number, number, number];
    return { done, failed, again };
  }

  /** Has all devices of a user follow a topic, or follow it no longer, whatever definitions say (`out`) or as they say (`none`). */
  async wish(
    userId: string,
    topic: string,
    wish: 'in' | 'out' | 'none',
    rules: readonly TopicRule[],
  ): Promise<'changed' | 'unchanged' | 'full'> {
    const args = {
      tag: this.keys.tag,
      user: userId,
      topic,
      wish,
      kept_ms: KEPT_MS,
      ...topicArgs(rules),
    };
    return (await COMMANDS.topicWish.run(this.redis, { user: this.keys.user(userId) }, args)) as 'changed';
  }

  async list(userId: string): Promise<UserTopics> {
    const args = { tag: this.keys.tag, user: userId };
    const answer = await COMMANDS.topicList.run(this.redis, { user: this.keys.user(userId) }, args);
    const [wishes, ...devices] = answer as [string[], ...[string, string[]][]];
    const items = new Map<string, FollowedTopic>();
    const excluded: string[] = [];
    for (const [topic, wish] of pairs(wishes))
      if (wish === 'in') items.set(topic, { topic, by: 'user', devices: [] });
      else excluded.push(topic);
    for (const [token_hash, followed] of devices)
      for (const [topic, text] of pairs(followed)) {
        const [by, state] = text.split(' ') as [FollowedTopic['by'], string];
        const item = items.get(topic) ?? { topic, by, devices: [] };
        const isRefused = state !== 'wanted' && state !== 'subscribed';
        item.devices.push(
          isRefused ? { token_hash, state: 'refused', code: state } : { token_hash, state, code: null },
        );
        items.set(topic, item);
      }
    const byName = [...items.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
    return { user_id: userId, items: byName, excluded: excluded.sort() };
  }
}

/** What the scripts that have a device follow topics are told of it. */
export function topicArgs(rules: readonly TopicRule[]) {
  const lines = rules.map(({ topic, platforms }) => `${topic} ${platforms?.join(',') ?? '*'}`);
  return { rules: lines.join('\n'), most_topics: MOST_TOPICS };
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!]);
}
