import { join } from 'node:path';
import { EVENT_STATUSES, type EventDetail, type EventSummary, type Page } from '../contract';
import { Script } from '../redis/script';
import type { RedisClient } from '../redis/connections';
import { type Cursor, writeCursor } from './cursor';
import { type EventFilter, looksIntoRecords, matches } from './filter';
import { type Keyspace, type Partition, recordId } from './keys';
import { readDetail, readSummary, type SummaryFields } from './record';
import { Records } from './records';

/** How many records one page may look through; a page that found less says where to go on. */
const LOOKED_THROUGH_AT_MOST = 10_000;
const CHUNK = 500;

interface Row {
  place: Cursor;
  /** Null when the index names an event that is gone. */
  summary: EventSummary | null;
}

/** Looks at events; never writes. Rejects when Redis cannot be reached. */
export class Events {
  private readonly page = new Script(join(__dirname, 'commands/page.lua'));
  private readonly records: Records;

  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
  ) {
    this.records = new Records(redis, keyspace);
  }

  async find(source: string, eventId: string): Promise<EventDetail | null> {
    const id = recordId(source, eventId);
    return readDetail(id, await this.records.read(id));
  }

  summary(id: string): Promise<EventSummary | null> {
    return this.records.summary(id);
  }

  /**
   * Lists events, newest first. When the filter looks into records, at most 10,000 are looked through for one page; then
   * there may be fewer than `limit` although `next_cursor` says that there is more to search.
   */
  async list(filter: EventFilter, limit: number, after: Cursor | null): Promise<Page<EventSummary>> {
    const chunk = looksIntoRecords(filter) ? CHUNK : limit + 1;
    const items: EventSummary[] = [];
    let place = after;
    for (let looked = 0; looked < LOOKED_THROUGH_AT_MOST;) {
      const rows = await this.newest(filter, chunk, place);
      looked += rows.length;
      for (const row of rows) {
        if (!row.summary || !matches(row.summary, filter)) continue;
        if (items.length === limit) return { items, next_cursor: place && writeCursor(place) };
        items.push(row.summary);
        place = row.place;
      }
      if (rows.length < chunk) return { items, next_cursor: null };
      if (items.length < limit) place = rows.at(-1)!.place;
    }
    return { items, next_cursor: place && writeCursor(place) };
  }

  private async newest(filter: EventFilter, count: number, after: Cursor | null): Promise<Row[]> {
    const parts = await Promise.all(
      this.keyspace.partitions.map((each) => this.newestOf(each, filter, count, after)),
    );
    return parts.flat().sort(newestFirst).slice(0, count);
  }

  private async newestOf(
    partition: Partition,
    filter: EventFilter,
    count: number,
    after: Cursor | null,
  ): Promise<Row[]> {
    const beforeMs = Math.min(after?.receivedMs ?? Infinity, filter.toMs ?? Infinity);
    const rows = (await this.page.run(
      this.redis,
      { ...partition.keys },
      {
        event_prefix: partition.keys.event_prefix,
        statuses: (filter.statuses.length ? filter.statuses : EVENT_STATUSES).join(' '),
        before_ms: beforeMs === Infinity ? '+inf' : beforeMs,
        before_id: after && after.receivedMs === beforeMs ? after.id : '\xff',
        from_ms: filter.fromMs ?? '-inf',
        limit: count,
      },
    )) as [string, string, ...SummaryFields][];
    return rows.map(([id, received, ...fields]) => ({
      place: { receivedMs: Number(received), id },
      summary: readSummary(id, fields),
    }));
  }
}

function newestFirst(a: Row, b: Row): number {
  return b.place.receivedMs - a.place.receivedMs || (a.place.id < b.place.id ? 1 : -1);
}
