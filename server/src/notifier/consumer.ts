import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { Keyspace, Partition } from '../events/keys';
import type { Claim, Claims, Entry } from '../queue/claims';
import type { RedisClient, RedisConnections } from '../redis/connections';
import { isRedisTrouble } from '../redis/trouble';

/** How long to rest before Redis is asked again after it failed, in ms: from the first to the longest. */
const REST_MS = [50, 100, 250, 500, 1000];

/** How many entries of one partition are asked for at once, at most. */
const MOST_AT_ONCE = 128;

/** Does something with a claim. `record` repeats a write until Redis takes it. */
export type Handler = (claim: Claim, record: (write: () => Promise<string>) => Promise<string>) => Promise<void>;

/** Keeps up to `concurrency` events of the streams under way, and heals by itself when Redis comes and goes. */
export class Consumer {
  private readonly stopping = new AbortController();
  /** When this aborts, what is still under way is left to whoever reclaims it. */
  private readonly abandoning = new AbortController();
  private readonly inFlight = new Map<string, Entry>();
  private loops: Promise<unknown> = Promise.resolve();
  private freed = Promise.withResolvers<void>();
  private rotation = 0;

  constructor(
    private readonly claims: Claims,
    private readonly keyspace: Keyspace,
    private readonly connections: RedisConnections,
    private readonly concurrency: number,
    private readonly handle: Handler,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.loops = Promise.all(this.shares().map((partitions) => this.loop(partitions)));
  }

  /** Stops claiming, then waits up to `timeoutMs` for what is under way. Answers how many events were left pending. */
  async stop(timeoutMs: number): Promise<number> {
    this.stopping.abort();
    await this.loops;
    const deadline = AbortSignal.timeout(timeoutMs);
    const expired = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve()));
    while (this.inFlight.size > 0 && !deadline.aborted) await Promise.race([this.freed.promise, expired]);
    this.abandoning.abort();
    return this.inFlight.size;
  }

  entriesInFlight(): Entry[] {
    return [...this.inFlight.values()];
  }

  /** One reader can wait for all streams of one Redis; in a cluster they may be on different nodes. */
  private shares(): (readonly Partition[])[] {
    const { partitions } = this.keyspace;
    return this.connections.isCluster ? partitions.map((partition) => [partition]) : [partitions];
  }

  private async loop(partitions: readonly Partition[]): Promise<void> {
    const reader = this.connections.forBlockingReads();
    const { signal } = this.stopping;
    // A blocking read would hold up the stop for as long as it waits.
    signal.addEventListener('abort', () => this.connections.close(reader));
    let failures = -1;
    while (!signal.aborted) {
      try {
        // After the start or a failure: groups may be gone, and entries we were given may not have reached us.
        if (failures !== 0) await this.recover(partitions);
        if (failures > 0) this.logger.log('Reading from the queue again');
        failures = 0;
        await this.readOnce(reader, partitions);
      } catch (error) {
        if (signal.aborted) return;
        failures = Math.max(1, failures + 1);
        if (failures === 1) this.logger.warn(`Cannot read from the queue: ${String(error)}`);
        await this.rest(failures, signal);
      }
    }
  }

  private async recover(partitions: readonly Partition[]): Promise<void> {
    await this.claims.createGroups();
    for (const entry of await this.claims.pending(partitions)) this.dispatch(entry);
  }

  private async readOnce(reader: RedisClient, partitions: readonly Partition[]): Promise<void> {
    const free = this.concurrency - this.inFlight.size;
    if (free <= 0) return this.freed.promise;
    const asked = this.nextPartitions(partitions, free);
    const count = Math.min(MOST_AT_ONCE, Math.floor(free / asked.length));
    for (const entry of await this.claims.read(reader, asked, count)) this.dispatch(entry);
  }

  /** All partitions, or as many as there are free places, beginning with another one each time, so that none starves. */
  private nextPartitions(partitions: readonly Partition[], free: number): Partition[] {
    this.rotation = (this.rotation + 1) % partitions.length;
    const rotated = [...partitions.slice(this.rotation), ...partitions.slice(0, this.rotation)];
    return rotated.slice(0, free);
  }

  private dispatch(entry: Entry): void {
    const key = `${entry.partition.index}/${entry.entryId}`;
    if (this.inFlight.has(key)) return;
    this.inFlight.set(key, entry);
    void this.process(entry)
      .catch((error: unknown) => this.logger.error({ msg: 'event left pending', event: entry.recordId, err: error }))
      .finally(() => {
        this.inFlight.delete(key);
        this.freed.resolve();
        this.freed = Promise.withResolvers();
      });
  }

  private async process(entry: Entry): Promise<void> {
    const record = (write: () => Promise<string>) => this.insist(write);
    for (let failures = 1; !this.abandoning.signal.aborted; failures++) {
      try {
        const claim = await this.claims.begin(entry);
        return claim ? await this.handle(claim, record) : undefined;
      } catch (error) {
        // Redis failed before anything was sent; a repeated begin gets the same claim again. Anything else is a fault of
        // ours: the event is left to its lease, and dead-lettered as poison if that happens again and again.
        if (!isRedisTrouble(error)) throw error;
        if (failures === 1) this.logger.warn(`Cannot begin ${entry.recordId}: ${String(error)}`);
        await this.rest(failures, this.abandoning.signal);
      }
    }
  }

  /** A message may have gone out, so its outcome is worth recording however long Redis stays away. */
  private async insist(write: () => Promise<string>): Promise<string> {
    for (let failures = 1; ; failures++) {
      try {
        return await write();
      } catch (error) {
        if (this.abandoning.signal.aborted) throw error;
        await this.rest(failures, this.abandoning.signal);
      }
    }
  }

  private async rest(failures: number, signal: AbortSignal): Promise<void> {
    const ms = REST_MS[Math.min(failures, REST_MS.length) - 1]!;
    await wait(ms, undefined, { signal }).catch(() => {
      // Aborted: nothing to wait for any more.
    });
  }
}
