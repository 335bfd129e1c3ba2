import { startRedis, type RunningRedis } from '../../../e2e/stack/redis';
import { mistakesInBooks } from '../../test/books';
import { newEvent } from '../../test/builders';
import { type TestWorker, useWorkers } from '../../test/notifier';
import { ignoreErrors, ready } from '../../test/redis';
import { until } from '../../test/until';
import { CONSUMER_GROUP, Keyspace } from '../events/keys';
import { Queue } from '../queue/queue';
import { type RedisClient, RedisConnections } from '../redis/connections';

const PARTITIONS = 3;
const WAIT_MS = 20_000;
const newWorker = useWorkers();
let server: RunningRedis;
let connections: RedisConnections;
let redis: RedisClient;
let keyspace: Keyspace;
let queue: Queue;
let worker: TestWorker;
let tests = 0;

beforeAll(async () => {
  // Its own, because it is emptied.
  server = await startRedis({ appendonly: false });
  connections = new RedisConnections({ url: server.url, commandTimeoutMs: 5000 }, ignoreErrors);
  redis = await ready(connections.forCommands());
});
afterAll(async () => {
  connections.closeAll();
  await server.stop();
});

/** A worker with all its roles that has delivered an event of every partition. */
beforeEach(async () => {
  const prefix = `loss-${(tests += 1)}`;
  keyspace = new Keyspace(prefix, PARTITIONS);
  queue = new Queue(redis, keyspace);
  worker = await newWorker({ url: server.url, prefix, partitions: PARTITIONS });
  const { promoter, reclaimer, heartbeat, janitor, lossAlarm } = worker;
  worker.start(promoter, reclaimer, heartbeat, janitor, lossAlarm);
  await enqueue(30);
  await sent(30);
  expect(errors()).toEqual([]);
});

async function enqueue(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => queue.enqueue(newEvent())));
}

const errors = () => worker.logger.texts('error');
const sent = (count: number) => until(() => worker.provider.sentTo.length >= count, WAIT_MS);
const booksAreRight = () => until(async () => (await mistakesInBooks(redis, keyspace)).length === 0, WAIT_MS);
const metric = async (what: string) =>
  (await worker.metrics.registry.metrics()).match(
    new RegExp(`herald_data_losses_total{what="${what}"} (\\d+)`),
  )?.[1];

/** What a loss may say at most: what was lost, what was mended, and that reading broke off and goes on. */
function expectFewLines(): void {
  expect(errors().length).toBeLessThanOrEqual(5);
  expect(worker.logger.texts('warn').length).toBeLessThanOrEqual(6);
}

it(
  'FLUSHALL under a running worker is told once, and new events are delivered at once',
  async () => {
    await redis.flushall();
    await until(() => errors().length > 0, WAIT_MS);
    await enqueue(30);
    await sent(60);
    await until(async () => (await metric('emptied')) === String(PARTITIONS), WAIT_MS);
    expect(errors().filter((line) => line.startsWith('Redis has lost everything'))).toHaveLength(1);
    await booksAreRight();
    expectFewLines();
    expect(worker.claims.epochs.lastLossMs).not.toBeNull();
    // What all processes must agree on was lost, too.
    await until(async () => (await redis.hget(keyspace.meta, 'partitions')) === String(PARTITIONS), WAIT_MS);
  },
  2 * WAIT_MS,
);

it(
  'a destroyed group is made again from the beginning: nothing that waited is lost',
  async () => {
    worker.provider.hold();
    await enqueue(60);
    await sent(90);
    for (const { keys } of keyspace.partitions) await redis.xgroup('DESTROY', keys.stream, CONSUMER_GROUP);
    await enqueue(60);
    worker.provider.release();
    await until(async () => (await metric('group')) === String(PARTITIONS), WAIT_MS);
    await sent(150);
    await booksAreRight();
    expect(errors().filter((line) => line.includes('consumer group was destroyed'))).toHaveLength(1);
    expectFewLines();
  },
  2 * WAIT_MS,
);

it(
  'of a deleted stream everything is queued again within seconds, more than the janitor looks at',
  async () => {
    worker.provider.hold();
    const [{ keys }] = keyspace.partitions as [(typeof keyspace.partitions)[0]];
    await enqueue(5000);
    await until(async () => (await redis.zcard(keys.queued)) > 1200, WAIT_MS);
    await redis.del(keys.stream);
    const lost = performance.now();
    await until(async () => (await metric('group')) === '1', WAIT_MS);
    worker.provider.release();
    await until(async () => (await count('sent')) === 5030, 2 * WAIT_MS);
    // Sooner than the janitor, who comes every 30 s.
    expect(performance.now() - lost).toBeLessThan(WAIT_MS);
    expectFewLines();
  },
  4 * WAIT_MS,
);

async function count(status: 'sent'): Promise<number> {
  const counts = await Promise.all(keyspace.partitions.map(({ keys }) => redis.zcard(keys[status])));
  return counts.reduce((sum, each) => sum + each, 0);
}

it('data of an earlier moment is noticed, as after a failover to a replica that lagged', async () => {
  const [{ keys }] = keyspace.partitions as [(typeof keyspace.partitions)[0]];
  await redis.hincrby(keys.epoch, 'count', -5);
  await until(async () => (await metric('rolled_back')) === '1', WAIT_MS);
  expect(errors().filter((line) => line.includes('latest changes'))).toHaveLength(1);
});

it('a worker that starts with an empty Redis, or beside another, sees no loss', async () => {
  const url = server.url;
  const other = await newWorker({ url, prefix: `loss-${tests}`, partitions: PARTITIONS });
  other.start(other.lossAlarm);
  await enqueue(30);
  await sent(30);
  for (let looks = 0; looks < 5; looks += 1)
    await Promise.all([other.lossAlarm.run(), worker.lossAlarm.run()]);
  expect(other.logger.texts('error')).toEqual([]);
  expect(errors()).toEqual([]);
});
