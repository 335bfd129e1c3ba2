import { ask } from '../../test/admin';
import { startApi, type TestApi } from '../../test/api';
import { type Answer, expectProblem } from '../../test/http';
import { newReport } from '../../test/builders';
import { startCluster, type TestCluster } from '../../test/redis-cluster';
import { useReplicatedRedis } from '../../test/replicated';
import { ready } from '../../test/redis';
import { until } from '../../test/until';
import { order, post } from '../../test/webhooks';
import { followsMaster, type RedisNode } from '../../../e2e/stack/redis-node';
import { recordId } from '../events/keys';
import { Claims } from '../queue/claims';
import { RedisConnections } from '../redis/connections';

/** Within which a sender must know, in ms. */
const PATIENCE_MS = 2000;

async function inTime(answer: Promise<Answer>): Promise<Answer> {
  const begun = performance.now();
  const given = await answer;
  expect(performance.now() - begun).toBeLessThan(PATIENCE_MS);
  return given;
}

describe('DURABILITY=replica', () => {
  const redis = useReplicatedRedis();
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi({ REDIS_URL: redis.master.url, DURABILITY: 'replica', RATE_LIMIT: '100000' });
  });
  afterAll(() => api.app.close());

  async function sent(eventId: string): Promise<void> {
    const claims = new Claims(api.redis, api.keyspace, 'worker');
    await claims.createGroups();
    const reader = await ready(api.app.get(RedisConnections).forBlockingReads());
    const entries = await claims.read(reader, api.keyspace.partitions, 100);
    const entry = entries.find((each) => each.recordId === recordId('default', eventId))!;
    expect(await claims.complete((await claims.begin(entry))!, newReport())).toBe('sent');
  }

  it('without a replica webhooks, duplicates, replays and definitions get their 503 in time, and are taken as soon as it is back', async () => {
    const [before, during] = [order({ event_id: 'before' }), order({ event_id: 'during' })];
    // A replica that stood still for a moment makes it a 503, and the sender come again.
    await until(async () => (await post(api, before)).status < 300, 15_000);
    await sent('before');
    await redis.replica.kill();
    try {
      const refused = await inTime(post(api, during));
      expectProblem(refused, 'queue_unavailable');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      const many = [before, during, ...Array.from({ length: 100 }, () => order())];
      for (const answer of await Promise.all(many.map((each) => inTime(post(api, each)))))
        expectProblem(answer, 'queue_unavailable');
      const replay = await inTime(ask(api, '/api/admin/events/before/replay', { method: 'POST' }));
      expectProblem(replay, 'queue_unavailable');
      const body = { title: 'A', body: 'B' };
      const defined = await inTime(ask(api, '/api/admin/messages/order.new', { method: 'PUT', body }));
      expectProblem(defined, 'queue_unavailable');
      const withdrawn = await inTime(ask(api, '/api/admin/messages/order.new', { method: 'DELETE' }));
      expectProblem(withdrawn, 'queue_unavailable');
    } finally {
      await redis.replica.start();
    }
    await until(async () => (await post(api, order())).status === 202, 15_000);
    expect(await post(api, during)).toMatchObject({ status: 200, body: { status: 'duplicate' } });
    const body = { title: 'A', body: 'B' };
    expect((await ask(api, '/api/admin/messages/order.new', { method: 'PUT', body })).status).toBe(200);
  }, 30_000);
});

describe('DURABILITY=replica on a cluster', () => {
  let cluster: TestCluster;
  let api: TestApi;
  beforeAll(async () => {
    cluster = await startCluster('a-password', 1);
    api = await startApi({ REDIS_URL: cluster.urls, DURABILITY: 'replica', PARTITIONS: '8' });
  }, 30_000);
  afterAll(async () => {
    await api?.app.close();
    await cluster?.stop();
  });

  it('waits for the replica of the event’s own master, and of no other', async () => {
    const [master, other] = cluster.nodes as [RedisNode, RedisNode];
    const replica = await replicaOf(master, cluster.nodes);
    // The other master's partitions do not feel it.
    const [here, elsewhere] = await Promise.all([ordersOn(api, master), ordersOn(api, other)]);
    expect([here.length > 0, elsewhere.length > 0]).toEqual([true, true]);
    await replica.kill();
    try {
      for (const each of here) expectProblem(await inTime(post(api, each)), 'queue_unavailable');
      for (const each of elsewhere) await until(async () => (await post(api, each)).status < 300, 15_000);
    } finally {
      await replica.start();
    }
    await followsMaster(replica);
    for (const each of here) await until(async () => (await post(api, each)).status === 200, 15_000);
  }, 60_000);
});

async function replicaOf(master: RedisNode, nodes: readonly RedisNode[]): Promise<RedisNode> {
  const [, , replicas] = (await master.ask('ROLE')) as [string, number, [host: string, port: string][]];
  return nodes.find(({ port }) => String(port) === replicas[0]![1])!;
}

/** One order for each partition whose slot `master` serves. */
async function ordersOn(api: TestApi, master: RedisNode): Promise<Record<string, unknown>[]> {
  const [, , , ...rest] = String(await master.ask('CLUSTER', 'NODES'))
    .split('\n')
    .find((line) => line.includes('myself'))!
    .split(' ');
  const [from, to] = rest.at(-1)!.split('-').map(Number) as [number, number];
  const orders: Record<string, unknown>[] = [];
  for (const { index, keys } of api.keyspace.partitions) {
    const slot = Number(await master.ask('CLUSTER', 'KEYSLOT', keys.stream));
    if (slot >= from && slot <= to) orders.push(orderIn(api, index));
  }
  return orders;
}

function orderIn(api: TestApi, partition: number): Record<string, unknown> {
  for (;;) {
    const each = order();
    if (api.keyspace.partitionOf(recordId('default', String(each.event_id))).index === partition) return each;
  }
}
