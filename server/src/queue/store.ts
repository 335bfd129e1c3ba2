import { type Keyspace, STORE_VERSION } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { keysMatching } from '../redis/masters';
import { COMMANDS } from './commands';

/** What must not change while events exist. */
export interface StoreSettings {
  partitions: number;
  version: number;
}

/** What was found in Redis does not go with this process; `message` is one plain sentence. */
export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal';

  constructor(
    message: string,
    readonly mend: string,
  ) {
    super(message);
  }
}

/**
 * Sees to it that all processes mean the same by the same keys: the first one writes down the number of partitions and
 * the version of the layout, every other compares before it first touches an event. Another number would lose sight of
 * the events that are there, so it is refused, unless there are none. Then it is adopted: processes with the old number
 * that still run have agreed already and are not asked again, so stop them first.
 */
export class Store {
  /** True once this process may touch events. */
  agreed = false;
  private asking?: Promise<void>;
  private readonly ours: StoreSettings;

  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    version = STORE_VERSION,
  ) {
    this.ours = { partitions: keyspace.partitions.length, version };
  }

  /** Resolves when this process may touch events. Rejects with a `StoreRefusal`, or when Redis cannot be asked. */
  async agree(): Promise<void> {
    if (!this.agreed) await (this.asking ??= this.ask().finally(() => (this.asking = undefined)));
  }

  /** What was agreed on is gone from Redis, and must be agreed on again. */
  forget(): void {
    this.agreed = false;
  }

  /** Why this process must not touch events, or null; reads only. Rejects when Redis cannot be asked. */
  async objection(): Promise<StoreRefusal | null> {
    return this.objectionTo(await this.read());
  }

  private async ask(): Promise<void> {
    const stands = await this.read();
    const objection = await this.objectionTo(stands);
    if (objection) throw objection;
    const agreed = isSame(stands, this.ours) ? this.ours : await this.write(stands);
    // Another process was faster with another number.
    if (!isSame(agreed, this.ours)) throw refusal(agreed, this.ours);
    this.agreed = true;
  }

  private async objectionTo(stands: StoreSettings | null): Promise<StoreRefusal | null> {
    if (isSame(stands, this.ours)) return null;
    // Written by a Herald from before this was written down: only an event in a wrong place gives it away.
    if (!stands) return (await this.holdsEvents({ misplaced: true })) ? refusal(null, this.ours) : null;
    return (await this.holdsEvents({ misplaced: false })) ? refusal(stands, this.ours) : null;
  }

  private async holdsEvents({ misplaced }: { misplaced: boolean }): Promise<boolean> {
    for await (const keys of keysMatching(this.redis, this.keyspace.recordPattern))
      for (const place of keys.flatMap((key) => this.keyspace.placeOf(key) ?? []))
        if (!misplaced || this.keyspace.partitionOf(place.id).index !== place.partition) return true;
    return false;
  }

  private async read(): Promise<StoreSettings | null> {
    return settingsOf(await this.redis.hmget(this.keyspace.meta, 'partitions', 'version'));
  }

  private async write(was: StoreSettings | null): Promise<StoreSettings | null> {
    const { partitions, version } = this.ours;
    const args = {
      was_partitions: was?.partitions ?? '',
      was_version: was?.version ?? '',
      partitions,
      version,
    };
    const stands = await COMMANDS.agree.run(this.redis, { meta: this.keyspace.meta }, args);
    return settingsOf(stands as (string | null)[]);
  }
}

function settingsOf([partitions, version]: (string | null)[]): StoreSettings | null {
  return partitions && version ? { partitions: Number(partitions), version: Number(version) } : null;
}

function isSame(a: StoreSettings | null, b: StoreSettings): boolean {
  return a?.partitions === b.partitions && a.version === b.version;
}

function refusal(stands: StoreSettings | null, ours: StoreSettings): StoreRefusal {
  if (stands && stands.version !== ours.version)
    return new StoreRefusal(
      `The events in Redis were stored in version ${stands.version} of the layout, and this Herald knows version ${ours.version}.`,
      'Run the Herald that stored them until its events are settled and purged, or give this one another REDIS_PREFIX.',
    );
  const theirs = stands ? `with PARTITIONS=${stands.partitions}` : 'with another number of PARTITIONS';
  return new StoreRefusal(
    `The events in Redis were taken in ${theirs}, and this process has PARTITIONS=${ours.partitions}: it would lose sight of them.`,
    `Set PARTITIONS to ${stands?.partitions ?? 'what it was'}; to have another number, use another REDIS_PREFIX.`,
  );
}
