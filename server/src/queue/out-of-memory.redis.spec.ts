import { startRedis, type RunningRedis } from '../../../e2e/stack/redis';
import { ask } from '../../test/admin';
import { startApi } from '../../test/api';
import { mistakesInBooks } from '../../test/books';
import { newEvent, newReport, newWorker } from '../../test/builders';
import { expectProblem } from '../../test/http';
import { FAILURE } from '../../test/queue';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { post } from '../../test/webhooks';
import { Events } from '../events/events';
import { Keyspace } from '../events/keys';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { isRedisTrouble } from '../redis/trouble';
import { Budget } from './budget';
import { Claims } from './claims';
import { Queue } from './queue';
import { Upkeep } from './upkeep';
import { Workers } from './workers';

const keyspace = new Keyspace('full', 2);
const settings = { leaseMs: 20, maxDeliveries: 3, retentionS: 0, deadRetentionS: 0, dedupeTtlS: 60 };
let server: RunningRedis;
let connections: RedisConnections;
let redis: RedisClient;
let queue: Queue;
let worker: Claims;
let upkeep: Upkeep;

beforeAll(async () => {
  server = await startRedis({ appendonly: false });
  connections = new RedisConnections({ url: server.url, commandTimeoutMs: 5000 }, ignoreErrors);
  redis = await ready(connections.forCommands());
  queue = new Queue(redis, keyspace);
  worker = new Claims(redis, keyspace, 'worker');
  upkeep = new Upkeep(redis, keyspace, settings);
  await worker.createGroups();
});
afterAll(async () => {
  connections.closeAll();
  await server.stop();
});

/** Takes events in and begins them; from then on Redis has no memory left. */
async function claimsInFullMemory(count: number) {
  await redis.config('SET', 'maxmemory', '0');
  for (let i = 0; i < count; i += 1) await queue.enqueue(newEvent());
  const reader = await ready(connections.forBlockingReads());
  const entries = await worker.read(reader, keyspace.partitions, 1000);
  const claims = await Promise.all(entries.map((entry) => worker.begin(entry)));
  await redis.config('SET', 'maxmemory', '1');
  return claims.map((claim) => claim!);
}

describe('when Redis is out of memory', () => {
  it('no new event is taken in, nor is one replayed', async () => {
    const [claim] = await claimsInFullMemory(1);
    await worker.complete(claim!, newReport());
    const refusal = await queue.enqueue(newEvent({ eventId: 'too-much' })).catch((error: unknown) => error);
    expect(String(refusal)).toMatch(/OOM/);
    expect(isRedisTrouble(refusal)).toBe(true);
    const [source, eventId] = claim!.recordId.split('/') as [string, string];
    await expect(queue.replay(source, eventId)).rejects.toThrow(/OOM/);
    expect(await mistakesInBooks(redis, keyspace)).toEqual([]);
  });

  it('every outcome is still written down, and retries go on', async () => {
    const [sent, retried, buried, abandoned] = await claimsInFullMemory(4);
    expect(await worker.complete(sent!, newReport())).toBe('sent');
    expect(await worker.retry(retried!, newReport(), FAILURE, 0, true)).toBe('retrying');
    expect(await worker.bury(buried!, newReport(), FAILURE)).toBe('failed');
    await until(async () => (await upkeep.promote()).moved === 1);
    await until(async () => (await upkeep.reclaim('worker')).taken === 1);
    expect(await redis.hget(abandoned!.partition.keys.event_prefix + abandoned!.recordId, 'status')).toBe(
      'queued',
    );
    expect(await upkeep.mend()).toBe(0);
    expect(await mistakesInBooks(redis, keyspace)).toEqual([]);
  });

  it('workers are still heard of', async () => {
    await claimsInFullMemory(1);
    const workers = new Workers(redis, keyspace);
    const seen_at = new Date().toISOString();
    await workers.signOfLife(newWorker({ seen_at }));
    expect(await workers.list(Date.now())).toHaveLength(1);
  });

  it('what workers died of is dead-lettered with its body, and a lost group is made again', async () => {
    const [poison] = await claimsInFullMemory(1);
    const strict = new Upkeep(redis, keyspace, { ...settings, maxDeliveries: 1 });
    const [source, eventId] = poison!.recordId.split('/') as [string, string];
    await until(async () => {
      await strict.reclaim('worker');
      const kept = await new Events(redis, keyspace).find(source, eventId);
      expect(kept).toMatchObject({ payload: { event_id: eventId } });
      return kept!.status === 'failed';
    });

    const { keys } = poison!.partition;
    await redis.del(keys.stream);
    await worker.createGroups();
    expect(await redis.exists(keys.stream)).toBe(1);
    expect(worker.epochs.takeLosses()).toEqual([{ partition: poison!.partition.index, kind: 'group' }]);
    expect(await upkeep.mend()).toBe(0);
    expect(await mistakesInBooks(redis, keyspace)).toEqual([]);
  });

  it('settled events make room before their retention, dead-lettered ones too', async () => {
    const [sent, failed] = await claimsInFullMemory(2);
    await worker.complete(sent!, newReport());
    await worker.bury(failed!, newReport(), FAILURE);
    const budget = new Budget(redis, keyspace, { maxBytes: 0, dedupeTtlS: 60 });
    expect(await budget.shed()).toBeGreaterThanOrEqual(2);
    expect(await budget.shed()).toBe(0);
    expect(await mistakesInBooks(redis, keyspace)).toEqual([]);
  });

  it('senders and operators are told to come back later', async () => {
    const [claim] = await claimsInFullMemory(1);
    await worker.complete(claim!, newReport());
    const api = await startApi({ REDIS_URL: server.url, REDIS_PREFIX: 'full', PARTITIONS: '2' });
    try {
      const [, eventId] = claim!.recordId.split('/');
      const replay = ask(api, `/api/admin/events/${eventId}/replay`, { method: 'POST' });
      for (const answer of await Promise.all([post(api), replay])) {
        expectProblem(answer, 'queue_unavailable');
        expect(answer.headers['retry-after']).toBe('5');
      }
    } finally {
      await api.app.close();
    }
  });

  it('what waits is still handed out, and the janitor makes room', async () => {
    await redis.config('SET', 'maxmemory', '0');
    await queue.enqueue(newEvent({ eventId: 'waits' }));
    await redis.config('SET', 'maxmemory', '1');
    const entries = await worker.read(await ready(connections.forBlockingReads()), keyspace.partitions, 10);
    const claims = await Promise.all(entries.map((entry) => worker.begin(entry)));
    expect(claims.map((claim) => claim!.recordId)).toContain('default/waits');
    for (const claim of claims) await worker.complete(claim!, newReport());
    await until(async () => (await upkeep.purge()) > 0);
    expect(await mistakesInBooks(redis, keyspace)).toEqual([]);
  });
});
