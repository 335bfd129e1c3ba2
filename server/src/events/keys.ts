import { crc32 } from 'node:zlib';
import type { EventStatus } from '../contract';

/** The source of events that come in at `/api/webhook/:event_type`. */
export const DEFAULT_SOURCE = 'default';

/** The name of the consumer group that all workers share. */
export const CONSUMER_GROUP = 'herald';

/** Goes up when keys or records are kept in another way, so that what an older Herald stored cannot be misread. */
export const STORE_VERSION = 3;

/** What an event is called in Redis: ids belong to their source, and neither part can hold a slash. */
export function recordId(source: string, eventId: string): string {
  return `${source}/${eventId}`;
}

export function splitRecordId(id: string): { source: string; eventId: string } {
  const slash = id.indexOf('/');
  return { source: id.slice(0, slash), eventId: id.slice(slash + 1) };
}

/**
 * The keys of one partition. All share its hash tag, so that every script stays in one slot of a Redis Cluster and may
 * build the key of an event from `event_prefix`.
 */
export interface PartitionKeys extends Record<EventStatus, string> {
  /** Stream of record ids that wait for a worker or are in one's hands; its length is the backlog. */
  stream: string;
  /** Sorted set of record ids by the ms at which their next try is due. */
  due: string;
  /** Capped stream of changes of status, for live updates. */
  changes: string;
  /** Hash of totals since the beginning. */
  counters: string;
  /** Hash that tells whether this is still the data that was seen before: its name, and how often it was looked at. */
  epoch: string;
  event_prefix: string;
  seen_prefix: string;
}

export interface Partition {
  index: number;
  keys: Readonly<PartitionKeys>;
}

/** The name of a record, taken from its key. The partition is the one it lies in, whether there is such a one or not. */
export interface RecordPlace {
  partition: number;
  id: string;
}

/** Knows every key, and which partition an event belongs to. */
export class Keyspace {
  readonly partitions: readonly Partition[];
  /** Hash of worker name → its last sign of life. */
  readonly workers: string;
  /** Hash that tells why nothing is sent, as long as that is so. */
  readonly line: string;
  /** Hash of what all processes must agree on: number of partitions, version of the layout. */
  readonly meta: string;
  /** Glob pattern for SCAN: the records of all partitions, also of those that are too many; look at them by `placeOf`. */
  readonly recordPattern: string;

  constructor(
    private readonly prefix: string,
    partitions: number,
  ) {
    this.partitions = Array.from({ length: partitions }, (_, index) => ({
      index,
      keys: partitionKeys(`{${prefix}:${index}}`),
    }));
    this.workers = `{${prefix}:workers}`;
    this.line = `{${prefix}:line}`;
    this.meta = `{${prefix}:meta}`;
    this.recordPattern = `{${prefix.replace(/[*?[\]\\^]/g, '\\$&')}:*}:event:*`;
  }

  /** Reads the key of a record; null when it is something else, or of another prefix that begins like ours. */
  placeOf(recordKey: string): RecordPlace | null {
    const rest = recordKey.slice(this.prefix.length + 2);
    const [, partition, id] = /^(\d+)\}:event:(.+)$/s.exec(rest) ?? [];
    if (!recordKey.startsWith(`{${this.prefix}:`) || partition === undefined || id === undefined) return null;
    return { partition: Number(partition), id };
  }

  partitionOf(id: string): Partition {
    return this.partitions[crc32(id) % this.partitions.length]!;
  }
}

function partitionKeys(tag: string): PartitionKeys {
  return {
    stream: `${tag}:stream`,
    due: `${tag}:due`,
    changes: `${tag}:changes`,
    counters: `${tag}:counters`,
    epoch: `${tag}:epoch`,
    event_prefix: `${tag}:event:`,
    seen_prefix: `${tag}:seen:`,
    queued: `${tag}:queued`,
    processing: `${tag}:processing`,
    retrying: `${tag}:retrying`,
    sent: `${tag}:sent`,
    failed: `${tag}:failed`,
  };
}
