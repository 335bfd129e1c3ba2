import { CONSUMER_GROUP, type Keyspace, type Partition } from '../events/keys';
import { UNSETTLED_STATUSES } from '../contract';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { Store } from './store';

/** How many events one run of a command may move: few enough that no other client waits long. */
const BATCH = 200;

/** Where a walk through a pending list begins; also Redis' word for its end. */
const FIRST_ENTRY = '0-0';

/** How many of the oldest events of each status `mend` looks at: what got lost grows old and comes up in time. */
const MENDED_AT_MOST = 1000;

export interface Promoted {
  moved: number;
  /** Ms until the next event is due; null when none is waiting. */
  nextInMs: number | null;
}

export interface Reclaimed {
  taken: number;
  poison: number;
  /** Pending entries whose text was gone: somebody trimmed or deleted the stream. */
  lost: number;
}

export interface UpkeepSettings {
  leaseMs: number;
  maxDeliveries: number;
  retentionS: number;
  deadRetentionS: number;
  dedupeTtlS: number;
}

/** What keeps the queue in order, for the background roles. All of it may run in any number of workers at once. */
export class Upkeep {
  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    private readonly settings: UpkeepSettings,
    private readonly store = new Store(redis, keyspace),
  ) {}

  /** Queues what is due. */
  async promote(): Promise<Promoted> {
    const answers = await this.eachPartition(async ({ keys }) => {
      let moved = 0;
      for (;;) {
        const args = { event_prefix: keys.event_prefix, limit: BATCH };
        const [due, next] = (await COMMANDS.promote.run(this.redis, { ...keys }, args)) as [number, number];
        moved += due;
        if (due < BATCH) return { moved, nextInMs: next < 0 ? null : next };
      }
    });
    const waits = answers.flatMap(({ nextInMs }) => nextInMs ?? []);
    return {
      moved: sum(answers.map(({ moved }) => moved)),
      nextInMs: waits.length ? Math.min(...waits) : null,
    };
  }

  /** Takes over what dead workers left, in the name of `owner`. */
  async reclaim(owner: string): Promise<Reclaimed> {
    const answers = await this.eachPartition(async ({ keys }) => {
      const total: Reclaimed = { taken: 0, poison: 0, lost: 0 };
      let from = FIRST_ENTRY;
      do {
        const [taken, poison, lost, next] = (await COMMANDS.reclaim.run(
          this.redis,
          { ...keys },
          {
            event_prefix: keys.event_prefix,
            owner,
            lease_ms: this.settings.leaseMs,
            from,
            limit: BATCH,
            max_deliveries: this.settings.maxDeliveries,
          },
        )) as [number, number, number, string];
        total.taken += taken;
        total.poison += poison;
        total.lost += lost;
        from = next;
      } while (from !== FIRST_ENTRY);
      return total;
    });
    return {
      taken: sum(answers.map(({ taken }) => taken)),
      poison: sum(answers.map(({ poison }) => poison)),
      lost: sum(answers.map(({ lost }) => lost)),
    };
  }

  /** Forgets settled events after their retention; answers how many. */
  async purge(): Promise<number> {
    const { retentionS, deadRetentionS, dedupeTtlS } = this.settings;
    const keep = { sent: retentionS * 1000, failed: deadRetentionS * 1000 };
    const answers = await this.eachPartition(async ({ keys }) => {
      let forgotten = 0;
      for (const status of ['sent', 'failed'] as const) {
        for (let offset = 0, looked = BATCH; looked === BATCH;) {
          const [seen, gone] = (await COMMANDS.purge.run(
            this.redis,
            { ...keys },
            {
              event_prefix: keys.event_prefix,
              seen_prefix: keys.seen_prefix,
              status,
              keep_ms: keep[status],
              dedupe_ms: dedupeTtlS * 1000,
              limit: BATCH,
              offset,
              counted_as: 'purged',
            },
          )) as [number, number];
          looked = seen;
          forgotten += gone;
          offset += seen - gone;
        }
      }
      return forgotten;
    });
    return sum(answers);
  }

  /** Queues again what waits for something that is not there, of the oldest `most` of each status; answers how many. */
  async mend(most = MENDED_AT_MOST): Promise<number> {
    const answers = await this.eachPartition(async ({ keys }) => {
      let total = 0;
      for (const status of UNSETTLED_STATUSES) {
        for (let offset = 0, looked = BATCH; looked === BATCH && offset < most;) {
          const [seen, mended] = (await COMMANDS.mend.run(
            this.redis,
            { ...keys },
            { event_prefix: keys.event_prefix, status, offset, limit: BATCH },
          )) as [number, number];
          looked = seen;
          total += mended;
          offset += status === 'queued' ? seen : seen - mended;
        }
      }
      return total;
    });
    return sum(answers);
  }

  /** Removes a consumer from every partition where it owns nothing and was idle for `idleMs`. */
  async retire(consumer: string, idleMs: number): Promise<void> {
    await this.eachPartition(({ keys }) =>
      COMMANDS.retire.run(this.redis, { ...keys }, { group: CONSUMER_GROUP, consumer, idle_ms: idleMs }),
    );
  }

  /** The names of all consumers that any partition knows. */
  async consumers(): Promise<Set<string>> {
    const answers = await this.eachPartition((partition) => this.consumersOf(partition));
    return new Set(answers.flat().map((info) => String(info[info.indexOf('name') + 1])));
  }

  private async consumersOf({ keys }: Partition): Promise<unknown[][]> {
    try {
      return (await this.redis.xinfo('CONSUMERS', keys.stream, CONSUMER_GROUP)) as unknown[][];
    } catch (error) {
      // No stream or no group yet, so nobody has ever read from it.
      if (error instanceof Error && /^(ERR no such key|NOGROUP)/.test(error.message)) return [];
      throw error;
    }
  }

  /** Where it fails (a node of the cluster is away), it is done in all others before this rejects. */
  private async eachPartition<T>(run: (partition: Partition) => Promise<T>): Promise<T[]> {
    await this.store.agree();
    const answers = this.keyspace.partitions.map(run);
    await Promise.allSettled(answers);
    return Promise.all(answers);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
