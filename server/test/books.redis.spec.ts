import type { PartitionKeys } from '../src/events/keys';
import { mistakesInBooks } from './books';
import { useQueue } from './queue';

const test = useQueue({ partitions: 1, books: false });
const mistakes = () => mistakesInBooks(test.redis, test.keyspace);
let keys: PartitionKeys;

beforeEach(async () => {
  ({ keys } = test.keyspace.partitions[0]!);
  const worker = await test.worker();
  await test.sent(worker, { eventId: 'sent' });
  await test.failed(worker, { eventId: 'failed' });
  await test.retrying(worker, { eventId: 'retrying' });
  await test.claimed(worker, { eventId: 'processing' });
  await test.enqueued({ eventId: 'queued' });
});

it('the books of a queue that did its work are right', async () => {
  expect(await mistakes()).toEqual([]);
});

const FRAUDS: [what: string, commit: () => Promise<unknown>][] = [
  ['a record lost', () => test.redis.del(`${keys.event_prefix}default/sent`)],
  ['an event listed twice', () => test.redis.zadd(keys.failed, 1, 'default/sent')],
  ['an event not listed', () => test.redis.zrem(keys.queued, 'default/queued')],
  ['an event listed at another time', () => test.redis.zadd(keys.sent, 1, 'default/sent')],
  ['a status nobody was told', () => test.redis.del(keys.changes)],
  ['an entry lost', () => test.redis.del(keys.stream)],
  ['an entry too many', () => test.redis.xadd(keys.stream, '*', 'id', 'default/queued')],
  ['a due time lost', () => test.redis.del(keys.due)],
  ['a due time too many', () => test.redis.zadd(keys.due, 1, 'default/sent')],
  ['an open event lost', () => test.redis.zrem(keys.open, 'default/processing')],
  ['an open event too many', () => test.redis.zadd(keys.open, 1, 'default/failed')],
  ['an owner of nothing', () => test.redis.hset(`${keys.event_prefix}default/queued`, 'owner', 'worker')],
  ['an event counted twice', () => test.redis.hincrby(keys.counters, 'accepted', 1)],
  ['a duplicate not counted', () => test.redis.hincrby(keys.counters, 'received', 1)],
  ['a delivery not counted', () => test.redis.hset(keys.counters, 'sent', 0)],
];

it.each(FRAUDS)('%s is a mistake in the books', async (_, commit) => {
  await commit();
  expect(await mistakes()).not.toEqual([]);
});
