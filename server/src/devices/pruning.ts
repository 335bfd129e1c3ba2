import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { DeviceKeys, hashOf } from './device-keys';
import { KEPT_MS, PRUNED_KEPT_MS } from './lifetimes';

export interface PruningSettings {
  /** Share of a minute's messages to devices, 0 to 1, above which nothing is pruned any more. */
  maxShare: number;
  /** So many in a minute are pruned whatever their share. */
  freePerMinute: number;
}

/** How many results wait to be noted at most; while Redis is away, further ones are dropped. */
const MOST_RESULTS = 10_000;

/** So many are noted by one script, some 2 ms of Redis. */
const RESULTS_AT_ONCE = 200;

export type PruneAnswer = 'pruned' | 'renewed' | 'missing' | 'suppressed';

/**
 * Takes tokens out of use that FCM says are gone, and puts down what became of the last message to each.
 *
 * A wrong project or key makes FCM say so of every token. Therefore all workers together count in Redis how many messages
 * of the last minute went to devices and how many would prune their token; above `maxShare` a breaker opens, and nothing is
 * pruned until a whole minute has passed without that. Times are Redis' own. Rejects when Redis cannot be reached.
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

  /** A message went to a device. It is counted with the next `tally` or `prune`. */
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
  async prune(token: string, version: string, code: string): Promise<PruneAnswer> {
    const hash = hashOf(token);
    const keys = { device: this.keys.device(hash), breaker: this.keys.breaker };
    const args = {
      tag: this.keys.tag,
      hash,
      version,
      code,
      share: this.settings.maxShare,
      free: this.settings.freePerMinute,
      pruned_kept_ms: PRUNED_KEPT_MS,
    };
    return (await this.counting((sent) =>
      COMMANDS.prune.run(this.redis, keys, { ...args, sent }),
    )) as 'pruned';
  }

  /** Writes down what was sent since the last time, and its results; answers since when pruning is stopped, null while it goes on. */
  async tally(): Promise<number | null> {
    const { breaker } = this.keys;
    await this.report();
    return timeOf(await this.counting((sent) => COMMANDS.tally.run(this.redis, { breaker }, { sent })));
  }

  /** Since when pruning is stopped, in ms since the epoch; null while it goes on. */
  async stoppedAtMs(): Promise<number | null> {
    return timeOf(await COMMANDS.breaker.run(this.redis, { breaker: this.keys.breaker }));
  }

  /** Results that could not be written are kept for the next time, unless there is a newer one. */
  private async report(): Promise<void> {
    const results = [...this.unnoted];
    this.unnoted = new Map();
    for (let at = 0; at < results.length; at += RESULTS_AT_ONCE) {
      const lines = results.slice(at, at + RESULTS_AT_ONCE).map(([, line]) => line);
      const args = { tag: this.keys.tag, results: lines.join('\n'), kept_ms: KEPT_MS };
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

function timeOf(answer: unknown): number | null {
  return answer === '' ? null : Number(answer);
}
