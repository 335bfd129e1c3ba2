import { type RunningRedis, startRedis } from '../../../../e2e/stack/redis';
import { newConfig } from '../../../test/builders';
import { ignoreErrors, ready } from '../../../test/redis';
import { startCluster } from '../../../test/redis-cluster';
import { systemClock } from '../../config/clock';
import { type RedisClient, RedisConnections } from '../../redis/connections';
import { readServerFacts } from './server-facts';
import { START_UP_CHECKS } from './start-up-checks';

const open: RedisConnections[] = [];
let server: RunningRedis;
let redis: RedisClient;

async function connect(url: string): Promise<RedisClient> {
  const connections = new RedisConnections({ url, commandTimeoutMs: 5000 }, ignoreErrors);
  open.push(connections);
  return ready(connections.forCommands());
}

beforeAll(async () => {
  server = await startRedis();
  redis = await connect(server.url);
});
afterAll(async () => {
  for (const connections of open) connections.closeAll();
  await server.stop();
});

/** What every check that is not ok says of a real server: `name: verdict`. */
async function complaints(client = redis, clock = systemClock): Promise<string[]> {
  const servers = await readServerFacts(client, clock);
  const config = newConfig({}, 'worker');
  return START_UP_CHECKS.map((check) => ({ check, finding: check.look({ servers, config }) }))
    .filter(({ finding }) => finding.verdict !== 'ok')
    .map(({ check, finding }) => `${check.name}: ${finding.refuses ? 'refuse' : finding.verdict}`);
}

it('nobody complains of a Redis as Herald ships it', async () => {
  expect(await complaints()).toEqual([]);
});

it.each([
  ['Eviction: warn', { 'maxmemory-policy': 'allkeys-lru' }],
  ['Eviction: refuse', { 'maxmemory-policy': 'allkeys-lru', maxmemory: '1gb' }],
  ['Eviction: fail', { 'maxmemory-policy': 'volatile-lru', maxmemory: '1gb' }],
  ['Persistence: fail', { appendonly: 'no' }],
  ['Persistence: warn', { appendfsync: 'everysec' }],
  ['Persistence: fail', { appendfsync: 'no' }],
  ['Memory: fail', { maxmemory: '100kb' }],
] as [string, Record<string, string>][])('%s of a real Redis with %j', async (complaint, settings) => {
  for (const [name, value] of Object.entries(settings)) await redis.config('SET', name, value);
  expect(await complaints()).toEqual([complaint]);
  const sound = {
    'maxmemory-policy': 'noeviction',
    maxmemory: '0',
    appendonly: 'yes',
    appendfsync: 'always',
  };
  for (const [name, value] of Object.entries(sound)) await redis.config('SET', name, value);
});

it('a replica is told apart from its master', async () => {
  const replica = await startRedis();
  try {
    const client = await connect(replica.url);
    await client.call('REPLICAOF', '127.0.0.1', String(server.port));
    expect(await complaints(client)).toEqual(['Role: fail']);
  } finally {
    open.pop()?.closeAll();
    await replica.stop();
  }
});

it.each([
  [10_000, 'Clock: warn'],
  [-10_000, 'Clock: warn'],
  [400_000, 'Clock: fail'],
])('a clock that is %i ms off: %s', async (ms, complaint) => {
  const clock = { now: () => Date.now() + ms };
  expect(await complaints(redis, clock)).toEqual([complaint]);
  const [facts] = await readServerFacts(redis, clock);
  expect(Math.abs(facts!.clockAheadMs + ms)).toBeLessThan(1000);
});

it('a Redis that forbids CONFIG and INFO, as managed ones do, is no failure', async () => {
  await redis.call('ACL', 'SETUSER', 'tenant', 'on', '>a-password', '~*', '+@all', '-config');
  const tenant = await connect(server.url.replace('//', '//tenant:a-password@'));
  expect(await complaints(tenant)).toEqual(['Persistence: warn']);
  await redis.call('ACL', 'SETUSER', 'tenant', '-info');
  expect(new Set(await complaints(tenant))).toEqual(
    new Set(['Version', 'Role', 'Eviction', 'Persistence', 'Memory'].map((name) => `${name}: warn`)),
  );
});

it('of a Redis Cluster every master is asked', async () => {
  const cluster = await startCluster('a-password');
  try {
    const servers = await readServerFacts(await connect(cluster.urls), systemClock);
    expect(servers).toHaveLength(2);
    expect(new Set(servers.map(({ address }) => address)).size).toBe(2);
    expect(servers.map(({ info }) => info?.role)).toEqual(['master', 'master']);
  } finally {
    open.pop()?.closeAll();
    await cluster.stop();
  }
}, 30_000);
