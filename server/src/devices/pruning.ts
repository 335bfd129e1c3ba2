import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { DeviceKeys, hashOf } from './device-keys';
import { KEPT_MS, PRUNED_KEPT_MS } from './lifetimes';
import { topicArgs, type TopicRule } from './topics';

export interface PruningSettings {
  /** Share of a minute's messages to devices, 0 to 1, above which nothing is pruned any more. */
  maxShare: number;
  /** So many in a minute are pruned whatever their share. */
  freePerMinute: number;
}

/** Above 1 % of a minute's messages, and 5 of them, it is our key that is wrong rather than the tokens. */
const QUARANTINE: PruningSettings = { maxShare: 0.01, freePerMinute: 5 };

/** How many results wait to be noted at most; while Redis is away, further ones are dropped. */
const MOST_RESULTS = 10_000;

/** So many are noted by one script, some 2 ms of Redis. */
const RESULTS_AT_ONCE = 200;

export type AsideAnswer = 'pruned' | 'quarantined' | 'renewed' | 'missing' | 'suppressed';

/** Since when nothing is pruned, or quarantined, in ms since the epoch; null while it goes on. */
export interface Stops {
  pruning: number | null;
  quarantine: number | null;
}

/**
 * Takes tokens out of use that FCM says are gone (pruned) or another sender's (quarantined), and puts down what became of the
 * last message to each.
 *
 * A wrong project or key makes FCM say so of every token. Therefore all workers together count in Redis how many messages
 * of the last minute went to devices and how many would set their token aside; above `maxShare` a breaker opens, and nothing is
 * set aside so until a whole minute has passed without that. Pruning and quarantine have a breaker each. Times are Redis' own.
 * Rejects when Redis cannot be reached.
 */
export class Pruning {
  private readonly keys: DeviceKeys;
  private uncounted = 0;
  private unnoted = new Map<string, string>();

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
    private readonly settings: PruningSettings,
  ) {
    this.keys = new DeviceKeys(prefix);
  }

  /** A message went to a device. It is counted with the next `tally`, `prune` or `quarantine`. */
  sent(): void {
    this.uncounted++;
  }

  /** What became of the last message to a device: `delivered`, `dry_run`, `unknown` or FCM's error code. Noted with the next `tally`. */
  note(token: string, result: string, delivered: boolean): void {
    const hash = hashOf(token);
    if (this.unnoted.size >= MOST_RESULTS && !this.unnoted.has(hash)) return;
    this.unnoted.set(hash, `${hash} ${result.replace(/\s+/g, '_')} ${delivered ? 1 : 0}`);
  }

  /** FCM says that this token is gone; `version` is the device's when the send began. */
  prune(token: string, version: string, code: string): Promise<AsideAnswer> {
    return this.setAside(token, { as: 'pruned', version, code, kept_ms: PRUNED_KEPT_MS }, this.settings);
  }

  /** FCM says that this token is another sender's: it is kept as long as any, because a key may have been wrong. */
  quarantine(token: string, version: string, code: string): Promise<AsideAnswer> {
    return this.setAside(token, { as: 'quarantined', version, code, kept_ms: '' }, QUARANTINE);
  }

  /**
   * Writes down what was sent since the last time, and its results. `rules` are the topics that definitions have devices follow:
   * one that was quarantined and is in use again follows those.
   */
  async tally(rules: readonly TopicRule[] = []): Promise<Stops> {
    const { breaker } = this.keys;
    await this.report(rules);
    return stopsOf(await this.counting((sent) => COMMANDS.tally.run(this.redis, { breaker }, { sent })));
  }

  async stops(): Promise<Stops> {
    return stopsOf(await COMMANDS.breaker.run(this.redis, { breaker: this.keys.breaker }));
  }

  private async setAside(
    token: string,
    what: Record<'as' | 'version' | 'code' | 'kept_ms', string | number>,
    { maxShare: share, freePerMinute: free }: PruningSettings,
  ): Promise<AsideAnswer> {
    const hash = hashOf(token);
    // A message that was delivered before must not end what begins now.
    this.unnoted.delete(hash);
    const keys = { device: this.keys.device(hash), breaker: this.keys.breaker };
    const args = { tag: this.keys.tag, hash, share, free, ...what };
    return (await this.counting((sent) =>
      COMMANDS.setAside.run(this.redis, keys, { ...args, sent }),
    )) as AsideAnswer;
  }

  /** Results that could not be written are kept for the next time, unless there is a newer one. */
  private async report(rules: readonly TopicRule[]): Promise<void> {
    const results = [...this.unnoted];
    this.unnoted = new Map();
    for (let at = 0; at < results.length; at += RESULTS_AT_ONCE) {
      const lines = results.slice(at, at + RESULTS_AT_ONCE).map(([, line]) => line);
      const args = { tag: this.keys.tag, results: lines.join('\n'), kept_ms: KEPT_MS, ...topicArgs(rules) };
      try {
        await COMMANDS.report.run(this.redis, { devices: this.keys.tag }, args);
      } catch (error) {
        this.unnoted = new Map([...results.slice(at), ...this.unnoted]);
        throw error;
      }
    }
  }

  /** What could not be counted is kept for the next time; a count that got no answer may so be counted twice. */
  private async counting(run: (sent: number) => Promise<unknown>): Promise<unknown> {
    const sent = this.uncounted;
    this.uncounted = 0;
    try {
      return await run(sent);
    } catch (error) {
      this.uncounted += sent;
      throw error;
    }
  }
}

function stopsOf(answer: unknown): Stops {
  const [pruning, quarantine] = (answer as [string, string]).map((ms) => (ms === '' ? null : Number(ms)));
  return { pruning: pruning ?? null, quarantine: quarantine ?? null };
}
