import type { EventStatus, EventSummary } from '../contract';
import type { RedisClient } from '../redis/connections';
import type { Events } from './events';
import type { Keyspace, Partition } from './keys';

/** How many changes of one partition are read at once. */
const AT_ONCE = 500;

/** One change of an event's status. */
export interface Change {
  /** When it happened, ms of Redis' clock; a reader that begins again there misses nothing. */
  atMs: number;
  event: EventSummary;
}

type StreamEntry = [id: string, fields: string[]];

interface Told {
  atMs: number;
  id: string;
  status: EventStatus;
}

/** Follows the changes of status of all partitions, from now or from a point in the past. */
export class ChangesReader {
  private readonly after = new Map<Partition, string>();

  constructor(
    private readonly redis: RedisClient,
    private readonly keyspace: Keyspace,
    private readonly events: Events,
  ) {}

  /** Begins with changes at or after `fromMs`; without it, with those that come after this call. */
  async begin(fromMs?: number): Promise<void> {
    await Promise.all(
      this.keyspace.partitions.map(async (partition) => {
        const last = async () =>
          (await this.redis.xrevrange(partition.keys.changes, '+', '-', 'COUNT', 1))[0]?.[0];
        this.after.set(partition, fromMs === undefined ? ((await last()) ?? '0-0') : `${fromMs}`);
      }),
    );
  }

  /** What has changed since the last call, oldest first; a change shows the event's other fields as they are now. */
  async read(): Promise<Change[]> {
    const changes = await Promise.all(this.keyspace.partitions.map((partition) => this.readOf(partition)));
    return changes.flat().sort((a, b) => a.atMs - b.atMs);
  }

  private async readOf(partition: Partition): Promise<Change[]> {
    const after = this.after.get(partition) ?? '0-0';
    const start = after.includes('-') ? `(${after}` : after;
    const entries = (await this.redis.xrange(
      partition.keys.changes,
      start,
      '+',
      'COUNT',
      AT_ONCE,
    )) as StreamEntry[];
    const last = entries.at(-1)?.[0];
    if (last) this.after.set(partition, last);
    const changes = await Promise.all(entries.flatMap(toldBy).map((told) => this.changeOf(told)));
    return changes.filter((change) => change !== null);
  }

  private async changeOf({ atMs, id, status }: Told): Promise<Change | null> {
    const summary = await this.events.summary(id);
    if (!summary) return null;
    return { atMs, event: { ...summary, status, updated_at: new Date(atMs).toISOString() } };
  }
}

/** One entry tells of everything that one script has moved, in its order. */
export function toldBy([entryId, fields]: StreamEntry): Told[] {
  const atMs = Number(entryId.split('-', 1)[0]);
  const told: Told[] = [];
  for (let at = 0; at < fields.length; at += 2)
    told.push({ atMs, id: fields[at]!, status: fields[at + 1] as EventStatus });
  return told;
}
