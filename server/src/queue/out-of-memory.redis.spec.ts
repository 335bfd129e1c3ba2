import { startRedis, type RunningRedis } from '../../../e2e/stack/redis';
import { mistakesInBooks } from '../../test/books';
import { newEvent, newReport } from '../../test/builders';
import { FAILURE } from '../../test/queue';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { Keyspace } from '../events/keys';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { isRedisTrouble } from '../redis/trouble';
import { Claims } from './claims';
import { Queue } from './queue';
import { Upkeep } from './upkeep';

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
