import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { Keyspace, Partition } from '../events/keys';
import type { Claim, Claims, Entry } from '../queue/claims';
import { firstConnection, type RedisClient, type RedisConnections } from '../redis/connections';
import { isRedisTrouble } from '../redis/trouble';
import { Beginnings } from './beginnings';

/** How long to rest before Redis is asked again after it failed, in ms: from the first to the longest. */
const REST_MS = [50, 100, 250, 500];

/** How many entries of one partition are asked for at once, at most. */
const MOST_AT_ONCE = 128;

/** Where events wait before they are begun. */
export interface Gate {
  /** Lets an event be begun at once; false when it has to wait. */
  pass(): boolean;
  /** Resolves when an event may be begun: true; false when `signal` has aborted first. */
  enter(signal: AbortSignal): Promise<boolean>;
  /** Told when an event that was let in has come to its end, and nothing was tried for it. */
  unused?(): void;
}

/** Does something with a claim; answers whether anything was tried. `record` repeats a write until Redis takes it. */
export type Handler = (
  claim: Claim,
  record: (write: () => Promise<string>) => Promise<string>,
) => Promise<boolean>;

/** Keeps up to `concurrency` events of the streams under way, and heals by itself when Redis comes and goes. */
export class Consumer {
  private readonly stopping = new AbortController();
  /** When this aborts, what is still under way is nobody's business here any more. */
  private readonly abandoning = new AbortController();
  /** What was read and is not settled: under way, but for a few that wait for a place. */
  private readonly held = new Map<string, Entry>();
  private readonly waiting: [key: string, entry: Entry][] = [];
  private readonly beginnings: Beginnings;
  private underWay = 0;
  private loops: Promise<unknown> = Promise.resolve();
  private freed = Promise.withResolvers<void>();

  constructor(
    private readonly claims: Claims,
    private readonly keyspace: Keyspace,
    private readonly connections: RedisConnections,
    private readonly concurrency: number,
    private readonly handle: Handler,
    /** Passed one after the other: what must hold at the very moment comes last. */
    private readonly gates: readonly Gate[],
    private readonly logger: Logger,
  ) {
    // What waits for its turn when this worker stops has been handed back by then.
    this.beginnings = new Beginnings(async (entry) =>
      this.stopping.signal.aborted ? null : claims.begin(entry),
    );
  }

  start(): void {
    this.loops = Promise.all(this.shares().map((partitions) => this.loop(partitions)));
  }

  /**
   * Stops reading and hands back at once what was not begun; then waits up to `timeoutMs` for what is under way, and hands
   * back what is left of that. Answers how many events that were; their messages may have gone out.
   */
  async stop(timeoutMs: number): Promise<number> {
    this.stopping.abort();
    // A loop may be waiting for a free place.
    this.announcePlace();
    await this.loops;
    for (const [key] of this.waiting.splice(0)) this.held.delete(key);
    await this.handBack({ begun: false });
    const deadline = AbortSignal.timeout(timeoutMs);
    const expired = new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve()));
    while (this.held.size > 0 && !deadline.aborted) await Promise.race([this.freed.promise, expired]);
    this.abandoning.abort();
    const left = this.held.size;
    // Also what Redis may have handed out in answer to a read that was cut short by the stop.
    await this.handBack({ begun: true });
    return left;
  }

  private async handBack(what: { begun: boolean }): Promise<void> {
    try {
      const count = await this.claims.handBack(what);
      if (count > 0) this.logger.log(`Handed back ${count} events`);
    } catch (error) {
      // Redis is away: another worker takes them over when the lease has run out.
      this.logger.warn(`Cannot hand back what is left: ${String(error)}`);
    }
  }

  entriesInFlight(): Entry[] {
    return [...this.held.values()];
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
    // Otherwise the first read would fail, and be complained about, only because the connection is still being made.
    await Promise.race([firstConnection(reader), once(signal, 'abort')]);
    let failures = 0;
    let isRecovered = false;
    while (!signal.aborted) {
      try {
        // After the start or a failure: groups may be gone, and entries we were given may not have reached us.
        if (!isRecovered) await this.recover(partitions);
        isRecovered = true;
        await this.readOnce(reader, partitions);
        if (failures > 0) this.logger.log('Reading from the queue again');
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        isRecovered = false;
        if (++failures === 1) this.logger.warn(`Cannot read from the queue: ${String(error)}`);
        await this.rest(failures, signal);
      }
    }
  }

  private async recover(partitions: readonly Partition[]): Promise<void> {
    await this.claims.createGroups(partitions);
    for (const entry of await this.claims.pending(partitions)) this.hold(entry);
  }

  private async readOnce(reader: RedisClient, partitions: readonly Partition[]): Promise<void> {
    const free = this.concurrency - this.held.size;
    if (free <= 0) return this.freed.promise;
    // Never less than one of each: a read that left out a partition would let its events wait as long as it blocks.
    const count = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(free / partitions.length)));
    for (const entry of await this.claims.read(reader, partitions, count)) this.hold(entry);
  }

  private hold(entry: Entry): void {
    const key = `${entry.partition.index}/${entry.entryId}`;
    if (this.held.has(key)) return;
    this.held.set(key, entry);
    this.waiting.push([key, entry]);
    this.fillPlaces();
  }

  private fillPlaces(): void {
    while (!this.stopping.signal.aborted && this.underWay < this.concurrency && this.waiting.length > 0) {
      const [key, entry] = this.waiting.shift()!;
      this.underWay++;
      void this.process(entry)
        .catch((error: unknown) =>
          this.logger.error({ msg: 'event left pending', event: entry.recordId, err: error }),
        )
        .finally(() => {
          this.underWay--;
          this.held.delete(key);
          this.fillPlaces();
          this.announcePlace();
        });
    }
  }

  private announcePlace(): void {
    this.freed.resolve();
    this.freed = Promise.withResolvers();
  }

  private async process(entry: Entry): Promise<void> {
    const record = (write: () => Promise<string>) => this.insist(write);
    // Not begun yet, so that it is handed back if this worker stops while it waits.
    const { signal } = this.stopping;
    for (const gate of this.gates) if (!gate.pass() && !(await gate.enter(signal))) return;
    for (let failures = 1; !this.abandoning.signal.aborted; failures++) {
      try {
        const claim = await this.beginnings.begin(entry);
        const isTried = claim !== null && (await this.take(claim, record));
        if (!isTried) for (const gate of this.gates) gate.unused?.();
        return;
      } catch (error) {
        // Redis failed before anything was sent; a repeated begin gets the same claim again. Anything else is a fault of
        // ours: the event is left to its lease, and dead-lettered as poison if that happens again and again.
        if (!isRedisTrouble(error)) throw error;
        if (failures === 1) this.logger.warn(`Cannot begin ${entry.recordId}: ${String(error)}`);
        await this.rest(failures, this.abandoning.signal);
      }
    }
  }

  private async take(claim: Claim, record: Parameters<Handler>[1]): Promise<boolean> {
    try {
      // Handed back while it was being begun: whatever is sent from now on would be sent twice.
      return !this.abandoning.signal.aborted && (await this.handle(claim, record));
    } finally {
      this.beginnings.end(claim);
    }
  }

  /** A message may have gone out, so its outcome is worth recording however long Redis stays away. */
  private async insist(write: () => Promise<string>): Promise<string> {
    for (let failures = 1; ; failures++) {
      try {
        return await write();
      } catch (error) {
        if (this.abandoning.signal.aborted || !isRedisTrouble(error)) throw error;
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
