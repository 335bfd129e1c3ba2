import { newEvent, newReport } from '../../test/builders';
import { FAILURE, useQueue } from '../../test/queue';
import { CONSUMER_GROUP, type PartitionKeys } from '../events/keys';
import { auditBooks, type AuditReport } from './audit';
import type { Claim, Claims } from './claims';
import { COMMANDS } from './commands';
import { MISTAKES, type MistakeKind, sentenceOf } from './mistakes';

const test = useQueue({ partitions: 1, books: false });
const audit = () => auditBooks(test.redis, test.keyspace);
const kindsIn = ({ mistakes }: AuditReport) => mistakes.map(({ kind }) => kind).sort();
let keys: PartitionKeys;
let worker: Claims;

beforeEach(async () => {
  ({ keys } = test.keyspace.partitions[0]!);
  worker = await test.worker('worker');
});

const recordOf = (name: string) => `${keys.event_prefix}default/${name}`;
const entryOf = async (name: string) => (await test.redis.hget(recordOf(name), 'entry'))!;
const set = (name: string, field: string, value: string | number) =>
  test.redis.hset(recordOf(name), field, value);

describe('the books of a quiet queue', () => {
  beforeEach(async () => {
    await test.sent(worker, { eventId: 'purged' });
    await test.upkeep({ retentionS: 0, dedupeTtlS: 0 }).purge();
    await test.sent(worker, { eventId: 'sent' });
    await test.failed(worker, { eventId: 'failed' });
    await test.retrying(worker, { eventId: 'retrying' });
    await test.claimed(worker, { eventId: 'processing' });
    await test.enqueued({ eventId: 'queued' });
    await test.queue.enqueue(newEvent({ eventId: 'queued' }));
  });

  it('are right, and say how many events there are', async () => {
    expect(await audit()).toEqual({
      events: 5,
      counts: { queued: 1, processing: 1, retrying: 1, sent: 1, failed: 1 },
      takenIn: 6,
      gone: 1,
      mistakes: [],
    });
  });

  const DAMAGE: [what: string, kinds: MistakeKind[], damage: () => Promise<unknown>][] = [
    ['a record lost', ['no_record', 'recount'], () => test.redis.del(recordOf('sent'))],
    [
      'an event lost with everything that named it',
      ['recount', 'taken_in'],
      () => test.redis.multi().del(recordOf('sent')).zrem(keys.sent, 'default/sent').exec(),
    ],
    ['a due time of nobody', ['no_record'], () => test.redis.zadd(keys.due, 1, 'default/nobody')],
    [
      'an event listed twice',
      ['listed_as', 'listed_at', 'taken_in'],
      () => test.redis.zadd(keys.failed, 1, 'default/sent'),
    ],
    ['an event not listed', ['listed_as', 'taken_in'], () => test.redis.zrem(keys.queued, 'default/queued')],
    [
      'a status that no index knows',
      ['extra_due_time', 'listed_as'],
      () => set('retrying', 'status', 'nonsense'),
    ],
    ['an event listed at another time', ['listed_at'], () => test.redis.zadd(keys.sent, 1, 'default/sent')],
    ['the stream lost', ['no_entry'], () => test.redis.del(keys.stream)],
    [
      'an entry deleted that waits for a worker',
      ['no_entry'],
      async () => test.redis.xdel(keys.stream, await entryOf('queued')),
    ],
    [
      'an entry deleted that is in the hands of a worker',
      ['no_entry', 'pending_without_entry'],
      async () => test.redis.xdel(keys.stream, await entryOf('processing')),
    ],
    [
      'the entry of another event',
      ['no_entry', 'stray_entry'],
      async () => set('queued', 'entry', await entryOf('processing')),
    ],
    ['what is no entry at all', ['no_entry', 'stray_entry'], () => set('queued', 'entry', 'nonsense')],
    ['an entry too many', ['stray_entry'], () => test.redis.xadd(keys.stream, '*', 'id', 'default/queued')],
    ['an entry of nobody', ['stray_entry'], () => test.redis.xadd(keys.stream, '*', 'id', 'default/nobody')],
    [
      'a consumer deleted with what it owned',
      ['unread_entry'],
      () => test.redis.xgroup('DELCONSUMER', keys.stream, CONSUMER_GROUP, 'worker'),
    ],
    [
      'an event acknowledged that is not settled',
      ['unread_entry'],
      async () => test.redis.xack(keys.stream, CONSUMER_GROUP, await entryOf('processing')),
    ],
    ['an entry of an event that waits for none', ['extra_entry'], () => set('retrying', 'entry', '1-1')],
    ['a due time lost', ['no_due_time'], () => test.redis.del(keys.due)],
    ['a due time too many', ['extra_due_time'], () => test.redis.zadd(keys.due, 1, 'default/queued')],
    ['an owner of nothing', ['owner'], () => set('retrying', 'owner', 'worker')],
    ['an owner lost', ['owner'], () => set('processing', 'owner', '')],
    [
      'a record in a partition that there is not',
      ['wrong_partition'],
      () => test.redis.hset(recordOf('stray').replace(':0}', ':7}'), 'status', 'sent'),
    ],
    [
      'an event counted twice',
      ['received', 'recount', 'taken_in'],
      () => test.redis.hincrby(keys.counters, 'accepted', 1),
    ],
    ['a purge not counted', ['recount', 'taken_in'], () => test.redis.hdel(keys.counters, 'purged')],
    ['a duplicate not counted', ['received'], () => test.redis.hincrby(keys.counters, 'received', 1)],
    ['a delivery not counted', ['sent'], () => test.redis.hset(keys.counters, 'sent', 0)],
    ['the counters lost', ['recount', 'sent', 'taken_in'], () => test.redis.del(keys.counters)],
  ];

  it.each(DAMAGE)('%s is named', async (_, kinds, damage) => {
    await damage();
    expect(kindsIn(await audit())).toEqual([...kinds].sort());
  });

  it('name every kind of mistake in one of these tests', () => {
    const named = DAMAGE.flatMap(([, kinds]) => kinds);
    expect(new Set(named)).toEqual(new Set(Object.keys(MISTAKES)));
  });

  it('tell whose books are wrong, and how many there are besides', async () => {
    for (let i = 0; i < 5; i += 1) await test.redis.zadd(keys.due, 1, `default/nobody-${i}`);
    const { mistakes } = await audit();
    expect(mistakes.map(sentenceOf)).toEqual([
      expect.stringMatching(
        /^partition 0: listed without a record: (default\/nobody-\d \(due\)(, )?){3} and 2 more$/,
      ),
    ]);
  });
});

describe('books of several pages', () => {
  it('are read to the end', async () => {
    for (let i = 0; i < 1100; i += 1) await test.enqueued({ eventId: `evt-${i}` });
    await test.read(worker);
    const report = await audit();
    expect(report).toMatchObject({ events: 1100, counts: { queued: 1100 }, mistakes: [] });

    const entries = await test.redis.xrange(keys.stream, '-', '+');
    await test.redis.xdel(keys.stream, entries[0]![0], entries[1099]![0]);
    const { mistakes } = await audit();
    expect(mistakes.map(({ kind, count }) => [kind, count]).sort()).toEqual([
      ['no_entry', 2],
      ['pending_without_entry', 2],
    ]);
  });
});

describe('a stream that grows while it is read', () => {
  it.each(['entries', 'pending'])(
    'comes to an end: a page of its %s that is not full is the last one',
    async (part) => {
      for (let i = 0; i < 3; i += 1) await test.enqueued({ eventId: `evt-${i}` });
      await test.read(worker);
      const entries = await test.redis.xrange(keys.stream, '-', '+');
      const page = (limit: number) => {
        const args = { part, event_prefix: keys.event_prefix, ids: '', after: '0-0', limit };
        return COMMANDS.audit.run(test.redis, { ...keys }, args);
      };
      expect(await page(3)).toEqual([entries[2]![0], []]);
      expect(await page(4)).toEqual(['', []]);
    },
  );
});

describe('a group that was destroyed', () => {
  it('is no mistake: it is made again from the beginning, and every entry is read again', async () => {
    await test.claimed(worker);
    await test.redis.xgroup('DESTROY', keys.stream, CONSUMER_GROUP);
    expect(kindsIn(await audit())).toEqual([]);
    await worker.createGroups();
    expect(kindsIn(await audit())).toEqual([]);
  });
});

describe('the audit of a live system', () => {
  let events = 0;

  /** Takes in, begins, ends in every way, promotes, reclaims, replays and purges, until it is told to stop. */
  async function load(signal: AbortSignal): Promise<void> {
    const ends: ((claim: Claim) => Promise<unknown>)[] = [
      (claim) => worker.complete(claim, newReport()),
      (claim) => worker.complete(claim, newReport()),
      (claim) => worker.retry(claim, newReport({ outcome: 'failed' }), FAILURE, 5, true),
      (claim) => worker.bury(claim, newReport({ outcome: 'failed' }), FAILURE),
      // The worker dies with it.
      () => Promise.resolve(),
    ];
    const upkeep = test.upkeep({ leaseMs: 20, maxDeliveries: 2, retentionS: 0, dedupeTtlS: 0 });
    while (!signal.aborted) {
      const names = Array.from({ length: 20 }, () => `evt-${(events += 1)}`);
      await Promise.all(names.map((eventId) => test.queue.enqueue(newEvent({ eventId }))));
      await test.queue.enqueue(newEvent({ eventId: names[0]! }));
      const claims = await test.claim(worker);
      await Promise.all(claims.map((claim, i) => ends[i % ends.length]!(claim)));
      await upkeep.promote();
      await upkeep.reclaim('another');
      for (const failed of await test.redis.zrange(keys.failed, '0', '1'))
        await test.queue.replay('default', failed.slice('default/'.length));
      if (events % 100 === 0) await upkeep.purge();
    }
  }

  it('takes no change for a mistake, and finds one that is none', async () => {
    const stop = new AbortController();
    const loads = [load(stop.signal), load(stop.signal)];
    try {
      const reports: AuditReport[] = [];
      for (let i = 0; i < 25; i += 1) reports.push(await audit());
      expect(reports.flatMap(({ mistakes }) => mistakes.map(sentenceOf))).toEqual([]);
      // It was live indeed: events came and went between the first audit and the last.
      expect(reports.at(-1)!.takenIn).toBeGreaterThan(reports[0]!.takenIn + 100);
      expect(reports.at(-1)!.gone).toBeGreaterThan(reports[0]!.gone);

      await test.redis.zadd(keys.due, 1e15, 'default/nobody');
      await test.redis.hincrby(keys.counters, 'accepted', 1);
      expect(kindsIn(await audit())).toEqual(expect.arrayContaining(['no_record', 'received', 'taken_in']));
    } finally {
      stop.abort();
      await Promise.all(loads);
    }
  }, 30_000);
});
