import { newEvent, newReport, newWorker } from '../../test/builders';
import { FAILURE } from '../../test/queue';
import { startCluster } from '../../test/redis-cluster';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { Events } from '../events/events';
import { Keyspace, type Partition, splitRecordId } from '../events/keys';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { Budget } from './budget';
import { auditBooks } from './audit';
import { type Claim, Claims } from './claims';
import { Inspector } from './inspector';
import { Queue } from './queue';
import { Upkeep } from './upkeep';
import { Workers } from './workers';

const keyspace = new Keyspace('herald', 8);
let cluster: Awaited<ReturnType<typeof startCluster>>;
let connections: RedisConnections;
let redis: RedisClient;

beforeAll(async () => {
  cluster = await startCluster('a-password');
  connections = new RedisConnections({ url: cluster.urls, commandTimeoutMs: 5000 }, ignoreErrors);
  redis = await ready(connections.forCommands());
}, 20_000);
afterAll(async () => {
  connections.closeAll();
  await cluster.stop();
});

describe('on a Redis Cluster', () => {
  it('every command keeps to one slot, and lists and figures span all nodes', async () => {
    const queue = new Queue(redis, keyspace);
    const events = new Events(redis, keyspace);
    const worker = new Claims(redis, keyspace, 'worker');
    const settings = {
      leaseMs: 20,
      maxDeliveries: 3,
      retentionS: 604_800,
      deadRetentionS: 604_800,
      dedupeTtlS: 60,
    };
    const upkeep = new Upkeep(redis, keyspace, settings);
    const reader = await ready(connections.forBlockingReads());
    const claim = async (partition: Partition): Promise<Claim[]> => {
      const entries = await worker.read(reader, [partition], 100);
      return (await Promise.all(entries.map((entry) => worker.begin(entry)))).filter((each) => each !== null);
    };

    await worker.createGroups();
    const taken = Array.from({ length: 40 }, () => newEvent());
    for (const event of taken) expect(await queue.enqueue(event)).toBe('accepted');
    const claims: Claim[] = [];
    for (const partition of keyspace.partitions) claims.push(...(await claim(partition)));
    expect(claims).toHaveLength(40);
    await worker.renew(claims);

    for (const each of claims.slice(0, 10)) expect(await worker.complete(each, newReport())).toBe('sent');
    for (const each of claims.slice(10, 20))
      expect(await worker.retry(each, newReport(), FAILURE, 0, true)).toBe('retrying');
    for (const each of claims.slice(20, 30))
      expect(await worker.bury(each, newReport(), FAILURE)).toBe('failed');
    let moved = 0;
    await until(async () => (moved += (await upkeep.promote()).moved) === 10);
    let lost = 0;
    await until(async () => (lost += (await upkeep.reclaim('worker')).taken) === 10);
    const { source, eventId } = splitRecordId(claims[20]!.recordId);
    expect(await queue.replay(source, eventId)).toBe('replayed');
    expect(await upkeep.mend()).toBe(0);
    expect(await upkeep.purge()).toBe(0);
    await upkeep.retire('nobody', 0);
    expect(await upkeep.consumers()).toEqual(new Set(['worker']));

    const workers = new Workers(redis, keyspace);
    await workers.signOfLife(newWorker());
    const inspector = new Inspector(redis, keyspace, workers, { now: () => Date.now() });
    expect(await inspector.counts()).toEqual({ queued: 21, processing: 0, retrying: 0, sent: 10, failed: 9 });
    expect((await inspector.totals()).received).toBe(40);
    const page = await events.list({ statuses: [] }, 100, null);
    expect(new Set(page.items.map((event) => event.event_id))).toEqual(
      new Set(taken.map((event) => event.eventId)),
    );
    expect(await events.find(source, eventId)).toMatchObject({ payload: { event_id: eventId } });
    expect(await auditBooks(redis, keyspace)).toMatchObject({ events: 40, takenIn: 40, mistakes: [] });

    // Each node has a budget of its own, and all are over it.
    const budget = new Budget(redis, keyspace, { maxBytes: 1, dedupeTtlS: 60 });
    expect(await budget.shed()).toBe(19);
    expect(keyspace.partitions.map((partition) => budget.isExhausted(partition))).not.toContain(false);
    expect(await inspector.counts()).toEqual({ queued: 21, processing: 0, retrying: 0, sent: 0, failed: 0 });
  });
});
