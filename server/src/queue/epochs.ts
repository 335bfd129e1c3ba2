import { randomUUID } from 'node:crypto';
import type { Keyspace, Partition } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { Store } from './store';

/**
 * What a partition has lost: everything (`emptied`: FLUSHALL, a new Redis), its latest changes (`rolled_back`: a failover to
 * a replica that lagged, a restart from an older file), or its stream or consumer group (`group`).
 */
export type LossKind = 'emptied' | 'rolled_back' | 'group';

export interface Loss {
  partition: number;
  kind: LossKind;
}

interface Epoch {
  name: string;
  count: number;
}

/**
 * Keeps the partitions fit to be read from, and notices when Redis has lost data, by comparing what it finds with what it
 * has seen before. A loss is noticed by every process that had seen the partition whole.
 */
export class Epochs {
  private readonly seen = new Map<Partition, Epoch>();
  private untold: Loss[] = [];
  private readonly watching = new Map<Partition, Promise<void>>();
  /** When the latest loss was noticed, ms of Redis' clock. */
  lastLossMs: number | null = null;

  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    private readonly store = new Store(redis, keyspace),
  ) {}

  /** Makes what is missing. Rejects when Redis fails; what was noticed until then is not forgotten. */
  async watch(partitions: readonly Partition[] = this.keyspace.partitions): Promise<void> {
    await this.store.agree();
    throwFirst(await Promise.allSettled(partitions.map((each) => this.watchOnce(each))));
  }

  /** The losses that were noticed since the last call: each is told once. */
  takeLosses(): Loss[] {
    const losses = this.untold.sort((a, b) => a.partition - b.partition);
    this.untold = [];
    return losses;
  }

  /** One look at a time, or a slow answer would look like a count that went back. */
  private watchOnce(partition: Partition): Promise<void> {
    const underWay = this.watching.get(partition);
    if (underWay) return underWay;
    const looking = this.watchOne(partition).finally(() => this.watching.delete(partition));
    this.watching.set(partition, looking);
    return looking;
  }

  private async watchOne(partition: Partition): Promise<void> {
    const answer = await COMMANDS.watch.run(this.redis, { ...partition.keys }, { id: randomUUID() });
    const [name, count, nowMs, group] = answer as [string, number, number, 'there' | 'made'];
    const kind = lossOf(this.seen.get(partition), { name, count }, group);
    if (kind === 'emptied') this.store.forget();
    if (kind) {
      this.untold.push({ partition: partition.index, kind });
      this.lastLossMs = nowMs;
    }
    this.seen.set(partition, { name, count });
  }
}

function lossOf(before: Epoch | undefined, now: Epoch, group: 'there' | 'made'): LossKind | null {
  if (before && before.name !== now.name) return 'emptied';
  if (before && now.count <= before.count) return 'rolled_back';
  return group === 'made' ? 'group' : null;
}

function throwFirst(results: readonly PromiseSettledResult<void>[]): void {
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
