import { EVENT_STATUSES, type EventStatus } from '../src/contract';
import { CONSUMER_GROUP, type Keyspace, type Partition } from '../src/events/keys';
import type { StoredRecord } from '../src/events/record';
import { Records } from '../src/events/records';
import type { RedisClient } from '../src/redis/connections';
import { keysLike } from './redis';

type Pending = [entryId: string, consumer: string, idleMs: number, deliveries: number];

/**
 * Recounts every event of a keyspace against the indexes, the stream, the due times, the counters and the change log.
 * Answers one sentence for everything that does not add up: none, when the queue did its work.
 */
export async function mistakesInBooks(redis: RedisClient, keyspace: Keyspace): Promise<string[]> {
  const mistakes = await Promise.all(
    keyspace.partitions.map((partition) => mistakesIn(redis, keyspace, partition)),
  );
  return mistakes.flat();
}

async function mistakesIn(redis: RedisClient, keyspace: Keyspace, partition: Partition): Promise<string[]> {
  const { keys } = partition;
  const mistakes: string[] = [];
  const check = (holds: boolean, sentence: string) => {
    if (!holds) mistakes.push(`partition ${partition.index}: ${sentence}`);
  };

  const records = await readRecords(redis, keyspace, keys.event_prefix);
  const indexes = await readIndexes(redis, partition);
  const entries = new Map((await redis.xrange(keys.stream, '-', '+')).map(([id, fields]) => [id, fields[1]]));
  const open = await readScores(redis, keys.open);
  const due = new Set(await redis.zrange(keys.due, '0', '-1'));
  const lastChange = new Map((await redis.xrange(keys.changes, '-', '+')).map(([, f]) => [f[1], f[3]]));
  const counters = await redis.hgetall(keys.counters);
  const counter = (name: string) => Number(counters[name] ?? 0);

  for (const [id, record] of records) {
    const listed = EVENT_STATUSES.filter((status) => indexes[status].has(id));
    check(keyspace.partitionOf(id) === partition, `${id} belongs to another partition`);
    check(listed.join() === record.status, `${id} is ${record.status} but listed as ${listed.join()}`);
    check(
      listed.every((s) => indexes[s].get(id) === record.received),
      `${id} is not listed at its time of receipt`,
    );
    check(
      lastChange.get(id) === record.status,
      `${id} is ${record.status}, last told as ${lastChange.get(id)}`,
    );
    check(due.has(id) === (record.status === 'retrying'), `${id} is ${record.status}, due: ${due.has(id)}`);
    const unsettled = record.status !== 'sent' && record.status !== 'failed';
    check(
      open.get(id) === (unsettled ? record.fresh : undefined),
      `${id} is ${record.status}, open: ${open.get(id)}`,
    );
    const waits = record.status === 'queued' || record.status === 'processing';
    if (waits)
      check(entries.get(record.entry ?? '') === id, `${id} is ${record.status} without its stream entry`);
    else check(!record.entry, `${id} is ${record.status} but still names an entry`);
    check(
      (record.status === 'processing') === Boolean(record.owner),
      `${id} is ${record.status} of "${record.owner}"`,
    );
  }
  for (const status of EVENT_STATUSES)
    for (const id of indexes[status].keys())
      check(records.has(id), `${id} is listed as ${status} but has no record`);
  for (const id of open.keys()) check(records.has(id), `${id} is open but has no record`);
  for (const id of due) check(records.has(id), `${id} is due but has no record`);
  for (const [entry, id] of entries)
    check(records.get(id ?? '')?.entry === entry, `entry ${entry} of ${id} is nobody's`);
  for (const [entry] of await readPending(redis, keys.stream))
    check(entries.has(entry), `entry ${entry} is pending but deleted`);

  const { received, accepted, deduped, purged, shed } = Object.fromEntries(
    ['received', 'accepted', 'deduped', 'purged', 'shed'].map((name) => [name, counter(name)]),
  ) as Record<string, number>;
  check(
    received === accepted! + deduped!,
    `received ${received} of accepted ${accepted} and deduped ${deduped}`,
  );
  check(
    accepted === records.size + purged! + shed!,
    `accepted ${accepted}, kept ${records.size}, purged ${purged}, shed ${shed}`,
  );
  check(counter('sent') >= indexes.sent.size, `sent ${counter('sent')}, listed as sent ${indexes.sent.size}`);
  return mistakes;
}

async function readRecords(
  redis: RedisClient,
  keyspace: Keyspace,
  prefix: string,
): Promise<Map<string, StoredRecord>> {
  const ids = (await keysLike(redis, `${prefix}*`)).map((key) => key.slice(prefix.length));
  const reader = new Records(redis, keyspace);
  const records = await Promise.all(ids.map((id) => reader.read(id)));
  return new Map(ids.map((id, index) => [id, records[index] ?? {}]));
}

async function readIndexes(redis: RedisClient, { keys }: Partition) {
  const indexes = {} as Record<EventStatus, Map<string, string>>;
  for (const status of EVENT_STATUSES) {
    indexes[status] = await readScores(redis, keys[status]);
  }
  return indexes;
}

async function readScores(redis: RedisClient, key: string): Promise<Map<string, string>> {
  const pairs = await redis.zrange(key, '0', '-1', 'WITHSCORES');
  return new Map(pairs.flatMap((id, at) => (at % 2 ? [] : [[id, pairs[at + 1]!]])));
}

async function readPending(redis: RedisClient, stream: string): Promise<Pending[]> {
  try {
    return (await redis.xpending(stream, CONSUMER_GROUP, '-', '+', 100_000)) as Pending[];
  } catch (error) {
    // Nobody created the group (or the stream) in this test.
    if (error instanceof Error && error.message.startsWith('NOGROUP')) return [];
    throw error;
  }
}
