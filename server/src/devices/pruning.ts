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

  /** Notes what became of the last message to a device: `delivered`, `dry_run`, `unknown` or FCM's error code. */
  async report(token: string, result: string, delivered: boolean): Promise<void> {
    const hash = hashOf(token);
    const args = { tag: this.keys.tag, hash, result, delivered: delivered ? 1 : 0, kept_ms: KEPT_MS };
    await COMMANDS.report.run(this.redis, { device: this.keys.device(hash) }, args);
  }

  /** Counts what was sent since the last time; answers since when pruning is stopped, null while it goes on. */
  async tally(): Promise<number | null> {
    const { breaker } = this.keys;
    return timeOf(await this.counting((sent) => COMMANDS.tally.run(this.redis, { breaker }, { sent })));
  }

  /** Since when pruning is stopped, in ms since the epoch; null while it goes on. */
  async stoppedAtMs(): Promise<number | null> {
    return timeOf(await COMMANDS.breaker.run(this.redis, { breaker: this.keys.breaker }));
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
