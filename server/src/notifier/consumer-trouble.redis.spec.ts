import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type RunningRedis, startRedis } from '../../../e2e/stack/redis';
import { RedisProxy } from '../../../e2e/support/redis-proxy';
import { mistakesInBooks } from '../../test/books';
import { newEvent } from '../../test/builders';
import { type TestWorker, useWorkers } from '../../test/notifier';
import { ignoreErrors, ready } from '../../test/redis';
import { startCluster } from '../../test/redis-cluster';
import { until } from '../../test/until';
import type { EventStatus } from '../contract';
import { Keyspace } from '../events/keys';
import { Inspector } from '../queue/inspector';
import { Queue } from '../queue/queue';
import { Workers } from '../queue/workers';
import { systemClock } from '../config/clock';
import { isRedisTrouble } from '../redis/trouble';
import { BLOCK_MS, type RedisClient, RedisConnections } from '../redis/connections';

const PARTITIONS = 3;
const WAIT_MS = 20_000;

let tests = 0;
let prefix: string;
let connections: RedisConnections;
let redis: RedisClient;
let queue: Queue;
let inspector: Inspector;
const newWorker = useWorkers();

async function connect(url: string): Promise<void> {
  prefix = `trouble-${++tests}`;
  connections = new RedisConnections({ url, commandTimeoutMs: 2000 }, ignoreErrors);
  redis = await ready(connections.forCommands());
  const keyspace = new Keyspace(prefix, PARTITIONS);
  queue = new Queue(redis, keyspace);
  inspector = new Inspector(redis, keyspace, new Workers(redis, keyspace), systemClock);
}

async function disconnect(): Promise<void> {
  expect(await mistakesInBooks(redis, new Keyspace(prefix, PARTITIONS))).toEqual([]);
  connections.closeAll();
}

/** Enqueues, again and again while Redis does not confirm: a repetition is a duplicate, never a second event. */
async function enqueue(count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => newEvent()).map((event) =>
      until(() => queue.enqueue(event).catch(notYet), WAIT_MS),
    ),
  );
}

const count = (status: EventStatus) =>
  inspector.counts().then(
    (counts) => counts[status],
    (error: unknown) => notYet(error) ?? -1,
  );
const allSent = (events: number) => until(async () => (await count('sent')) === events, WAIT_MS);

function notYet(error: unknown): null {
  if (isRedisTrouble(error)) return null;
  throw error;
}

describe('a Redis that comes and goes', () => {
  let dir: string;
  let server: RunningRedis;
  let worker: TestWorker;
  let link: RedisProxy;

  const start = async () => {
    server = await startRedis({ dir, port: server?.port });
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'herald-trouble-'));
    await start();
  });
  afterAll(async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await connect(server.url);
    worker = await newWorker({ url: server.url, prefix, leaseMs: 1000 });
    link = await RedisProxy.start(server.url);
  });
  afterEach(() => link.stop());
  afterEach(disconnect);

  it(
    'loses no event by cutting every connection again and again',
    async () => {
      worker.start(worker.promoter, worker.reclaimer, worker.heartbeat);
      const cutter = await ready(connections.forCommands());
      const enqueued = enqueue(300);
      for (let cuts = 0; cuts < 15; cuts++) {
        const before = worker.provider.sentTo.length;
        await until(() => worker.provider.sentTo.length > before || worker.provider.sentTo.length >= 300);
        await cutter.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      }
      await enqueued;
      await allSent(300);
    },
    2 * WAIT_MS,
  );

  it(
    'is waited for: what was sent meanwhile is recorded once it is back, not sent again',
    async () => {
      worker.provider.hold();
      worker.start();
      await enqueue(20);
      await until(() => worker.provider.inFlight === 20);
      await server.kill();
      worker.provider.release();
      await until(() => worker.provider.inFlight === 0);
      await start();
      await allSent(20);
      expect(worker.provider.sentTo).toHaveLength(20);
    },
    2 * WAIT_MS,
  );

  it(
    'is read from again by itself, and both are said once',
    async () => {
      worker.start();
      await enqueue(5);
      await allSent(5);
      await server.kill();
      await until(() => worker.logger.texts('warn').length > 0);
      await start();
      await enqueue(5);
      await allSent(10);
      await until(() => worker.logger.texts('log').includes('Reading from the queue again'));
      const said = worker.logger
        .texts('warn')
        .filter((line) => line.startsWith('Cannot read from the queue'));
      expect(said).toHaveLength(1);
    },
    2 * WAIT_MS,
  );

  it(
    'does not keep a worker from stopping that has no place left',
    async () => {
      const full = await newWorker({ url: server.url, prefix, concurrency: 2 });
      full.provider.hold();
      full.start();
      await enqueue(2);
      await until(() => full.provider.inFlight === 2);
      await server.kill();
      full.provider.release();
      const before = performance.now();
      expect(await full.stop(300)).toBe(2);
      expect(performance.now() - before).toBeLessThan(2000);
      await start();
      worker.start(worker.reclaimer);
      await ready(redis);
      await allSent(2);
    },
    2 * WAIT_MS,
  );

  it(
    'loses no event to a read that was answered a moment after its time',
    async () => {
      const far = await newWorker({ url: link.url, prefix });
      far.start();
      await enqueue(1);
      await allSent(1);
      link.mode = 'hold';
      await enqueue(1);
      await delay(BLOCK_MS + 400);
      link.mode = 'pass';
      // Long before the lease could run out, which nobody here looks at.
      await allSent(2);
    },
    2 * WAIT_MS,
  );

  it(
    'that does not answer is no reason to give up an event',
    async () => {
      worker.start();
      await enqueue(1);
      await allSent(1);
      server.process.signal('SIGSTOP');
      try {
        await until(() => worker.logger.texts('warn').length > 0, WAIT_MS);
      } finally {
        server.process.signal('SIGCONT');
      }
      await enqueue(5);
      await allSent(6);
    },
    2 * WAIT_MS,
  );
});

describe('a Redis Cluster', () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>;

  beforeAll(async () => {
    cluster = await startCluster('a-password');
  }, WAIT_MS);
  afterAll(() => cluster.stop());
  beforeEach(() => connect(cluster.urls));
  afterEach(() => connections.closeAll());

  it(
    'is read partition by partition, wherever they are',
    async () => {
      const worker = await newWorker({ url: cluster.urls, prefix, concurrency: 4 });
      worker.start(worker.promoter, worker.heartbeat);
      await enqueue(60);
      await allSent(60);
      expect(worker.provider.mostInFlight).toBeLessThanOrEqual(4);
      expect(worker.provider.sentTo).toHaveLength(60);
      expect(await worker.stop()).toBe(0);
    },
    2 * WAIT_MS,
  );
});
