import { type Clock, systemClock } from '../config/clock';
import type { Keyspace, Partition } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';

/** Of what Redis may use at most, what is ours: outcomes, buffers and copies made while it saves need the rest. */
const SHARE_OF_MAXMEMORY = 0.9;
/** Shares of the budget: where shedding begins, and where it ends. */
export const SHED_FROM = 0.9;
const SHED_TO = 0.85;

/** A reading is taken once a second; one that is older than this, in ms, says nothing any more. */
const FRESH_MS = 1000;
const STALE_MS = 5000;

/** How many events one run of the command may forget. */
const BATCH = 200;

export interface BudgetSettings {
  /** Bytes that one Redis (of a cluster: each) may use; 0: a share of its `maxmemory`, and no limit when it has none. */
  maxBytes: number;
  dedupeTtlS: number;
}

interface Reading {
  usedBytes: number;
  /** Infinity when there is no limit. */
  budgetBytes: number;
}

/** Keeps Redis within its budget of memory: forgets the oldest settled events, and says when new ones must wait outside. */
export class Budget {
  private readings = new Map<Partition, Reading>();
  private readMs = -Infinity;
  private askedMs = -Infinity;

  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    private readonly settings: BudgetSettings,
    private readonly clock: Clock = systemClock,
  ) {}

  /**
   * Whether there is no room for another event in this partition. Answers at once, by what was read at most 5 s ago; asks
   * Redis in the background, so that no caller waits for it.
   */
  isExhausted(partition: Partition): boolean {
    const now = this.clock.now();
    // Either way round: the clock may have been set back.
    if (Math.abs(now - this.askedMs) >= FRESH_MS) {
      this.askedMs = now;
      this.measure().catch(() => {
        // Redis is away, and says so itself to whoever wants something of it.
      });
    }
    return Math.abs(now - this.readMs) < STALE_MS && this.fullness(partition) >= 1;
  }

  /**
   * Forgets settled events, the oldest first and sent ones before dead-lettered ones, in every Redis that is nearly full;
   * never one that is not settled. Ids stay known as after a purge. Answers how many were forgotten.
   */
  async shed(): Promise<number> {
    let total = 0;
    let mark = SHED_FROM;
    for (const status of ['sent', 'failed'] as const) {
      for (let gone = 1; gone > 0; total += gone) {
        await this.measure();
        const full = this.keyspace.partitions.filter((partition) => this.fullness(partition) > mark);
        if (full.length === 0) return total;
        mark = SHED_TO;
        const counts = await Promise.all(full.map((partition) => this.shedFrom(partition, status)));
        gone = counts.reduce((sum, each) => sum + each, 0);
      }
    }
    return total;
  }

  private async shedFrom({ keys }: Partition, status: 'sent' | 'failed'): Promise<number> {
    const args = { event_prefix: keys.event_prefix, seen_prefix: keys.seen_prefix, status };
    const limits = { keep_ms: 0, dedupe_ms: this.settings.dedupeTtlS * 1000, limit: BATCH, offset: 0 };
    const answer = await COMMANDS.purge.run(
      this.redis,
      { ...keys },
      { ...args, ...limits, counted_as: 'shed' },
    );
    return (answer as [number, number])[1];
  }

  /** Used share of the budget; 0 when there is no limit, or nothing was read yet. */
  private fullness(partition: Partition): number {
    const reading = this.readings.get(partition);
    return reading ? reading.usedBytes / reading.budgetBytes : 0;
  }

  private async measure(): Promise<void> {
    const { partitions } = this.keyspace;
    // All partitions of a single Redis share its memory.
    const asked = this.redis.isCluster ? partitions : partitions.slice(0, 1);
    const found = await Promise.all(asked.map((partition) => this.read(partition)));
    this.readings = new Map(partitions.map((partition, at) => [partition, found[at] ?? found[0]!]));
    this.readMs = this.clock.now();
  }

  private async read({ keys }: Partition): Promise<Reading> {
    const answer = await COMMANDS.memory.run(this.redis, { ...keys });
    const [usedBytes, maxmemory] = answer as [number, number];
    return { usedBytes, budgetBytes: budgetBytes(this.settings.maxBytes, maxmemory) };
  }
}

/** How many bytes a Redis may use before new events must wait outside; both limits are in bytes, and 0 is none. */
export function budgetBytes(maxBytes: number, maxmemory: number): number {
  return Math.min(maxBytes || Infinity, maxmemory * SHARE_OF_MAXMEMORY || Infinity);
}
