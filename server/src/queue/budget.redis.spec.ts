import { startRedis, type RunningRedis } from '../../../e2e/stack/redis';
import { startApi } from '../../test/api';
import { mistakesInBooks } from '../../test/books';
import { newEvent, newReport } from '../../test/builders';
import { expectProblem } from '../../test/http';
import { ManualClock } from '../../test/manual-clock';
import { FAILURE } from '../../test/queue';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { post } from '../../test/webhooks';
import { Keyspace, recordId } from '../events/keys';
import type { NewEvent } from '../events/new-event';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { isRedisTrouble } from '../redis/trouble';
import { Budget } from './budget';
import { Claims } from './claims';
import { Queue } from './queue';

const WAIT_MS = 20_000;
let server: RunningRedis;
let connections: RedisConnections;
let redis: RedisClient;
let reader: RedisClient;
let keyspace: Keyspace;
let queue: Queue;
let worker: Claims;
let clock: ManualClock;
let tests = 0;

beforeAll(async () => {
  // Its own, because its memory is what this is about.
  server = await startRedis({ appendonly: false });
  connections = new RedisConnections({ url: server.url, commandTimeoutMs: 5000 }, ignoreErrors);
  redis = await ready(connections.forCommands());
  reader = await ready(connections.forBlockingReads());
});
afterAll(async () => {
  connections.closeAll();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
  await redis.config('SET', 'maxmemory', '0');
  keyspace = new Keyspace(`budget-${(tests += 1)}`, 3);
  clock = new ManualClock();
  queue = new Queue(redis, keyspace);
  worker = new Claims(redis, keyspace, 'worker');
  await worker.createGroups();
});
afterEach(async () => {
  await redis.config('SET', 'maxmemory', '0');
  expect(await mistakesInBooks(redis, keyspace).then(withoutTold)).toEqual([]);
});

/** The log of changes is capped, and these tests move more events than it holds. */
const withoutTold = (mistakes: string[]) => mistakes.filter((mistake) => !mistake.includes('last told as'));

/** Events of 2 kB each that noise keeps from being compressed much. */
async function enqueued(count: number): Promise<NewEvent[]> {
  const filler = () => Array.from({ length: 100 }, () => Math.random().toString(36)).join('');
  const events = Array.from({ length: count }, () => {
    const event = newEvent();
    return { ...event, payload: JSON.stringify({ event_id: event.eventId, filler: filler() }) };
  });
  for (const event of events) expect(await queue.enqueue(event)).toBe('accepted');
  return events;
}

async function settled(count: number, as: 'sent' | 'failed'): Promise<NewEvent[]> {
  const events = await enqueued(count);
  const entries = await worker.read(reader, keyspace.partitions, count);
  const claims = await Promise.all(entries.map((entry) => worker.begin(entry)));
  const settle = (claim: (typeof claims)[0]) =>
    as === 'sent' ? worker.complete(claim!, newReport()) : worker.bury(claim!, newReport(), FAILURE);
  expect(new Set(await Promise.all(claims.map(settle)))).toEqual(new Set([as]));
  return events;
}

/** Which of these are still kept. */
async function kept(events: NewEvent[]): Promise<boolean[]> {
  const keys = events.map(({ source, eventId }) => {
    const id = recordId(source, eventId);
    return keyspace.partitionOf(id).keys.event_prefix + id;
  });
  return (await Promise.all(keys.map((key) => redis.exists(key)))).map(Boolean);
}

const share = (flags: boolean[]) => flags.filter(Boolean).length / flags.length;
const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
const budgetOf = (maxBytes: number) => new Budget(redis, keyspace, { maxBytes, dedupeTtlS: 600 }, clock);

describe('shedding', () => {
  it('forgets nothing while there is room, nor without any limit', async () => {
    await settled(300, 'sent');
    expect(await budgetOf(2 * (await used())).shed()).toBe(0);
    expect(await budgetOf(0).shed()).toBe(0);
  });

  it('forgets the oldest sent events first, down to its mark, and no dead-lettered one while sent ones are left', async () => {
    const failed = await settled(300, 'failed');
    const old = await settled(1000, 'sent');
    const young = await settled(1000, 'sent');
    const waiting = await enqueued(300);
    const maxBytes = Math.floor((await used()) / 0.95);
    const shed = await budgetOf(maxBytes).shed();
    expect(shed).toBeGreaterThan(100);
    expect(await used()).toBeLessThan(maxBytes * 0.86);
    expect(share(await kept(young))).toBe(1);
    expect(share(await kept(failed))).toBe(1);
    expect(share(await kept(waiting))).toBe(1);
    expect(share(await kept(old))).toBeCloseTo(1 - shed / 1000);
  }, 60_000);

  it('forgets dead-lettered events when no sent one is left, never one that is not settled, and knows the ids of all', async () => {
    const failed = await settled(400, 'failed');
    const sent = await settled(400, 'sent');
    const waiting = await enqueued(400);
    expect(await budgetOf(1).shed()).toBe(800);
    expect(share(await kept([...failed, ...sent]))).toBe(0);
    expect(share(await kept(waiting))).toBe(1);
    for (const event of [failed[0]!, sent[0]!]) expect(await queue.enqueue(event)).toBe('duplicate');
    expect(await queue.enqueue({ ...sent[0]!, payload: '{}' })).toBe('conflict');
  }, 60_000);

  it("goes by nine tenths of Redis' own limit when there is no other", async () => {
    await settled(1000, 'sent');
    await redis.config('SET', 'maxmemory', Math.floor((await used()) / 0.5));
    expect(await budgetOf(0).shed()).toBe(0);
    await redis.config('SET', 'maxmemory', Math.floor((await used()) / 0.85));
    expect(await budgetOf(0).shed()).toBeGreaterThan(0);
  }, 60_000);
});

describe('a budget that is used up', () => {
  it('lets no event in and replays none, until there is room again', async () => {
    const [old] = await settled(1, 'sent');
    const budget = budgetOf(1);
    const full = new Queue(redis, keyspace, { budget });
    // The first caller does not wait for the first reading.
    expect(await full.enqueue(newEvent())).toBe('accepted');
    await until(() => budget.isExhausted(keyspace.partitions[0]!));
    const refusal = await full.enqueue(newEvent()).catch((error: unknown) => error);
    expect(isRedisTrouble(refusal)).toBe(true);
    await expect(full.replay(old!.source, old!.eventId)).rejects.toThrow(/budget of memory/);

    // What was read long ago says nothing about now.
    clock.advance(5001);
    expect(budget.isExhausted(keyspace.partitions[0]!)).toBe(false);
    await until(() => budget.isExhausted(keyspace.partitions[0]!));

    // Nor does what was read before the clock was set back; it is read anew.
    clock.advance(-3_600_000);
    expect(budget.isExhausted(keyspace.partitions[0]!)).toBe(false);
    await until(() => budget.isExhausted(keyspace.partitions[0]!));
  });

  it('is asked for once a second, however many events come', async () => {
    const full = new Queue(redis, keyspace, { budget: budgetOf(10 * (await used())) });
    const infos = async () => Number(/cmdstat_info:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
    const before = await infos();
    for (let i = 0; i < 500; i += 1) await full.enqueue(newEvent());
    expect((await infos()) - before).toBe(2);
    clock.advance(1000);
    for (let i = 0; i < 500; i += 1) await full.enqueue(newEvent());
    expect((await infos()) - before).toBe(4);
  });

  it(
    'is a 503 to senders, and outcomes are still recorded',
    async () => {
      const api = await startApi({
        REDIS_URL: server.url,
        MAX_BYTES: '1',
        REDIS_PREFIX: `budget-${tests}`,
        PARTITIONS: '3',
      });
      try {
        const answer = await until(async () => {
          const refused = await post(api);
          return refused.status === 503 && refused;
        }, WAIT_MS);
        expectProblem(answer, 'queue_unavailable');
        expect(answer.headers['retry-after']).toBe('5');
        const entries = await worker.read(reader, keyspace.partitions, 1000);
        for (const entry of entries)
          expect(await worker.complete((await worker.begin(entry))!, newReport())).toBe('sent');
      } finally {
        await api.app.close();
      }
    },
    WAIT_MS,
  );
});
