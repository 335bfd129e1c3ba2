import { EVENT_STATUSES, type EventStatus } from '../contract';
import type { Keyspace, Partition } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { keysMatching } from '../redis/masters';
import { COMMANDS } from './commands';
import { type Mistake, type MistakeKind, MistakeList } from './mistakes';

/** How many events or entries are looked at in one step: Redis is held up for some 2 ms, then others have their turn. */
const PAGE = 100;

/** What one partition says of itself at one moment. */
interface Totals {
  counts: Record<EventStatus, number>;
  /** Events listed, whatever their status. */
  listed: number;
  received: number;
  takenIn: number;
  deduped: number;
  sent: number;
  purged: number;
  shed: number;
}

export interface AuditReport {
  /** Events that have a record. */
  events: number;
  /** Events by status when the audit ended, over all partitions. */
  counts: Record<EventStatus, number>;
  takenIn: number;
  /** Purged after their retention, or shed because memory ran short. */
  gone: number;
  mistakes: readonly Mistake[];
}

type Found = [kind: MistakeKind, whose: string, what: string][];

/**
 * Balances the books of a live system: no event is lost, none is counted twice, and whatever names an event agrees with
 * the rest. It never writes, and never takes a change for a mistake, because no two readings of different moments are
 * compared as if they were one:
 *
 * - An event and everything that names it (indexes, due time, stream entry) is looked at in one script, and so is an
 *   entry with its event. Every change of an event's state is one script of the same slot: there is no half-way to see.
 * - Which events to look at comes from SCAN of the records and of every index. Both give whatever was there from
 *   beginning to end; what came or went meanwhile is looked at too if it is given, and is right at any moment.
 * - The counters and the sizes of the indexes are read in one script, in which taken in = listed + purged + shed.
 * - The recount of the records takes time. What was kept at its beginning and did not go meanwhile must be found, and
 *   no more than that and what came meanwhile can be: on a quiet system both are the same number.
 *
 * So damage that lasts is found, and reported for certain; what the workers mended in passing may be found or not.
 * Memory: the names of all events, about 100 bytes each. Rejects when Redis cannot be reached.
 */
export function auditBooks(redis: RedisClient, keyspace: Keyspace): Promise<AuditReport> {
  return new Audit(redis, keyspace).run();
}

class Audit {
  private readonly mistakes = new MistakeList();
  /** By partition: the events that were looked at, and how many of them have a record. */
  private readonly looked: { ids: Set<string>; records: number }[];

  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
  ) {
    this.looked = keyspace.partitions.map(() => ({ ids: new Set(), records: 0 }));
  }

  async run(): Promise<AuditReport> {
    const { partitions } = this.keyspace;
    const before = await this.readTotals();
    await this.checkRecords();
    for (const partition of partitions) {
      await this.checkIndexes(partition);
      await this.checkStream(partition, 'entries');
      await this.checkStream(partition, 'pending');
    }
    const after = await this.readTotals();
    for (const { index } of partitions) this.checkTotals(index, before[index]!, after[index]!);

    const sum = (of: (totals: Totals) => number) => after.reduce((total, each) => total + of(each), 0);
    return {
      events: this.looked.reduce((total, { records }) => total + records, 0),
      counts: Object.fromEntries(
        EVENT_STATUSES.map((status) => [status, sum(({ counts }) => counts[status])]),
      ) as Record<EventStatus, number>,
      takenIn: sum(({ takenIn }) => takenIn),
      gone: sum(({ purged, shed }) => purged + shed),
      mistakes: this.mistakes.all,
    };
  }

  private async checkRecords(): Promise<void> {
    for await (const keys of keysMatching(this.redis, this.keyspace.recordPattern)) {
      const places = keys.flatMap((key) => this.keyspace.placeOf(key) ?? []);
      for (const [index, here] of Map.groupBy(places, ({ partition }) => partition)) {
        const partition = this.keyspace.partitions[index];
        const strays = here.filter(({ id }) => this.keyspace.partitionOf(id).index !== index);
        for (const { id } of strays) this.mistakes.add('wrong_partition', index, id);
        const ids = here.map(({ id }) => id);
        if (partition) await this.checkEvents(partition, ids);
      }
    }
  }

  /** Whatever an index names and no record did: it is new since, or should not be there. */
  private async checkIndexes(partition: Partition): Promise<void> {
    const { keys } = partition;
    for (const index of [...EVENT_STATUSES, 'due'] as const) {
      for (let cursor: string | undefined; cursor !== '0';) {
        const reply: [string, string[]] = await this.redis.zscan(keys[index], cursor ?? '0', 'COUNT', PAGE);
        cursor = reply[0];
        await this.checkEvents(
          partition,
          reply[1].filter((_, at) => at % 2 === 0),
        );
      }
    }
  }

  /** Looks at events that were not looked at before. */
  private async checkEvents(partition: Partition, ids: readonly string[]): Promise<void> {
    const looked = this.looked[partition.index]!;
    // SCAN may give the same key twice, also in one answer.
    const fresh = [...new Set(ids)].filter((id) => !looked.ids.has(id));
    for (let from = 0; from < fresh.length; from += PAGE) {
      const page = fresh.slice(from, from + PAGE);
      const [found, mistakes] = (await this.look(partition, 'events', { ids: JSON.stringify(page) })) as [
        number,
        Found,
      ];
      for (const id of page) looked.ids.add(id);
      looked.records += found;
      this.note(partition, mistakes);
    }
  }

  private async checkStream(partition: Partition, part: 'entries' | 'pending'): Promise<void> {
    for (let after = '0-0'; after;) {
      const [goOnAfter, mistakes] = (await this.look(partition, part, { after })) as [string, Found];
      this.note(partition, mistakes);
      after = goOnAfter;
    }
  }

  private checkTotals(index: number, before: Totals, after: Totals): void {
    const add = (kind: MistakeKind, what: string) => this.mistakes.add(kind, index, what);
    const { received, takenIn, deduped, sent, purged, shed, listed, counts } = after;
    if (takenIn !== listed + purged + shed)
      add('taken_in', `${takenIn} taken in, ${listed} kept, ${purged} purged, ${shed} shed`);
    if (received !== takenIn + deduped)
      add('received', `${received} received, ${takenIn} taken in, ${deduped} duplicates`);
    if (sent < counts.sent) add('sent', `${sent} counted, ${counts.sent} listed`);

    const kept = before.takenIn - before.purged - before.shed;
    const least = kept - (purged + shed - before.purged - before.shed);
    const most = kept + takenIn - before.takenIn;
    const found = this.looked[index]!.records;
    const expected = least === most ? `${most}` : `${least} to ${most}`;
    if (found < least || found > most) add('recount', `${found} records, ${expected} by the counters`);
  }

  private async readTotals(): Promise<Totals[]> {
    return Promise.all(
      this.keyspace.partitions.map(async (partition) => {
        const [sizes, list] = (await this.look(partition, 'totals', {})) as [number[], string[]];
        const counter = (name: string) => (list.includes(name) ? Number(list[list.indexOf(name) + 1]) : 0);
        return {
          counts: Object.fromEntries(
            EVENT_STATUSES.map((status, at) => [status, sizes[at]!]),
          ) as Totals['counts'],
          listed: sizes.reduce((total, size) => total + size, 0),
          received: counter('received'),
          takenIn: counter('accepted'),
          deduped: counter('deduped'),
          sent: counter('sent'),
          purged: counter('purged'),
          shed: counter('shed'),
        };
      }),
    );
  }

  private look({ keys }: Partition, part: string, args: { ids?: string; after?: string }): Promise<unknown> {
    const given = { part, event_prefix: keys.event_prefix, ids: '', after: '', limit: PAGE, ...args };
    return COMMANDS.audit.run(this.redis, { ...keys }, given);
  }

  private note({ index }: Partition, mistakes: Found): void {
    for (const [kind, whose, what] of mistakes) this.mistakes.add(kind, index, whose, what);
  }
}
