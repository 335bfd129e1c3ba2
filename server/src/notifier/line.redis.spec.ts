import { newEvent } from '../../test/builders';
import { type TestWorker, useWorkers, type WorkerOptions } from '../../test/notifier';
import { useRedis } from '../../test/redis';
import { refused, ScriptedProvider, UNKNOWN } from '../../test/scripted-provider';
import { until } from '../../test/until';
import type { EventStatus } from '../contract';
import { systemClock } from '../config/clock';
import { Inspector } from '../queue/inspector';
import { LineState } from '../queue/line-state';
import { Queue } from '../queue/queue';

const WAIT_MS = 20_000;
const test = useRedis({ partitions: 3 });
const newWorker = useWorkers();
let fcm: ScriptedProvider;
let queue: Queue;
let state: LineState;
let inspector: Inspector;

beforeEach(() => {
  fcm = new ScriptedProvider();
  queue = new Queue(test.redis, test.keyspace);
  state = new LineState(test.redis, test.keyspace);
});

/** A worker that probes after `firstMs`, and promotes and watches the line as it does in production. */
async function startWorker(
  firstMs: number,
  concurrency = 100,
  further: Pick<WorkerOptions, 'settings' | 'quotas'> = {},
): Promise<TestWorker> {
  const worker = await newWorker({
    ...{ url: test.url, prefix: test.prefix, partitions: 3, provider: fcm, concurrency },
    probes: { firstMs, longestMs: firstMs },
    ...further,
  });
  inspector = new Inspector(test.redis, test.keyspace, worker.workers, systemClock, state);
  worker.start(worker.line, worker.promoter, worker.heartbeat);
  return worker;
}

async function enqueue(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await queue.enqueue(newEvent());
}

const counted = (wanted: Partial<Record<EventStatus, number>>) =>
  until(async () => {
    const counts = await inspector.counts();
    return Object.entries(wanted).every(([status, n]) => counts[status as EventStatus] === n);
  }, WAIT_MS);
const isStopped = () => until(async () => (await state.read()) !== null, WAIT_MS);

/** Nobody has a device, so all messages go to the topic. */
const says = (...results: Parameters<ScriptedProvider['answer']>[1][]) => fcm.answer('orders', ...results);

describe('a line whose project FCM refuses', () => {
  it('stops: what comes after waits untried, with the reason to be seen', async () => {
    says(refused('credentials'));
    const worker = await startWorker(600_000);
    await enqueue(1);
    await isStopped();
    await enqueue(50);
    await counted({ retrying: 1, queued: 50 });
    expect(fcm.sentTo).toHaveLength(1);
    const { paused } = await inspector.snapshot();
    expect(paused).toMatchObject({ code: 'UNAUTHENTICATED', message: 'FCM says UNAUTHENTICATED' });
    expect(Math.abs(Date.parse(paused!.since) - Date.now())).toBeLessThan(WAIT_MS);
    expect(worker.logger.texts('error')).toEqual([
      expect.stringMatching(/^Deliveries pause, .*UNAUTHENTICATED/),
    ]);
    expect(await worker.metrics.registry.metrics()).toMatch(/^herald_deliveries_paused 1$/m);
  });

  it('stops for all workers, and goes on for all when it is set going', async () => {
    says(refused('credentials'));
    const [one, other] = [await startWorker(600_000), await startWorker(600_000)];
    await enqueue(1);
    await until(() => [one, other].every(({ logger }) => logger.texts('error').length === 1), WAIT_MS);
    await enqueue(20);
    fcm.answer('orders', { outcome: 'delivered', messageName: 'm' });
    await state.resume((await state.read())!.sinceMs);
    await counted({ sent: 21 });
    expect(fcm.sentTo).toHaveLength(22);
  }, 30_000);

  it('goes on by itself after a probe that FCM looks at, and nothing is lost or counted against anybody', async () => {
    says(refused('credentials'), refused('credentials'), refused('credentials'), {
      outcome: 'delivered',
      messageName: 'm',
    });
    const worker = await startWorker(200);
    await enqueue(1);
    await isStopped();
    await enqueue(100);
    await counted({ sent: 101 });
    expect(await state.read()).toBeNull();
    expect((await inspector.snapshot()).paused).toBeUndefined();
    // Three refusals, and each event once.
    expect(fcm.sentTo).toHaveLength(104);
    expect(worker.logger.texts('log')).toContain('Deliveries go on');
    expect(await worker.metrics.registry.metrics()).toMatch(/^herald_deliveries_paused 0$/m);
  }, 30_000);

  it('is not set going by an answer to what was tried before, nor by FCM’s own trouble', async () => {
    says(refused('credentials'));
    const { line } = await startWorker(600_000);
    const before = performance.now();
    await enqueue(1);
    await isStopped();
    line.saw({ outcome: 'delivered', messageName: 'm' }, before);
    line.saw(UNKNOWN, performance.now());
    line.saw(refused('server'), performance.now());
    await line.run();
    expect(await state.read()).not.toBeNull();
    line.saw(refused('message'), performance.now());
    await line.run();
    expect(await state.read()).toBeNull();
  });

  it('goes on with the first probe that can tell something: what is too old by then is dead-lettered untried', async () => {
    says(refused('credentials'));
    await startWorker(600_000, 100, { settings: { maxAgeS: 2 } });
    await enqueue(1);
    await isStopped();
    await enqueue(10);
    const enqueuedMs = performance.now();
    await until(() => performance.now() - enqueuedMs > 2100);
    says({ outcome: 'delivered', messageName: 'm' });
    await enqueue(1);
    await test.redis.hset(test.keyspace.line, 'probe_at', 0);
    await counted({ sent: 1, failed: 11 });
    await until(async () => (await state.read()) === null);
    expect(fcm.sentTo).toHaveLength(2);
  });

  it('also holds back what waited for a quota when it stopped', async () => {
    const worker = await startWorker(600_000, 100, { quotas: { perMinute: 600, rampS: 0 } });
    await enqueue(80);
    await until(() => fcm.sentTo.length >= 25);
    says(refused('credentials'));
    await until(() => !worker.line.pass());
    const stoppedMs = performance.now();
    const sent = fcm.sentTo.length;
    // Time in which 15 more would have had their turn.
    await until(() => performance.now() - stoppedMs > 1500);
    expect(fcm.sentTo.length - sent).toBeLessThanOrEqual(1);
  });

  it('lets a worker that stops hand back what waits', async () => {
    says(refused('credentials'));
    const worker = await startWorker(600_000, 5);
    await enqueue(1);
    await isStopped();
    await enqueue(5);
    await until(() => worker.consumer.entriesInFlight().length === 5, WAIT_MS);
    expect(await worker.stop(WAIT_MS)).toBe(0);
    expect(await test.redis.zcard(test.keyspace.partitions[0]!.keys.processing)).toBe(0);
    const other = await newWorker({ url: test.url, prefix: test.prefix, partitions: 3, provider: fcm });
    await other.claims.createGroups();
    expect(await other.claims.read(other.redis, test.keyspace.partitions, 10)).toHaveLength(5);
  });
});

it('a stop that begins before the end of another was told is a new one, with its own reason and probes', async () => {
  const { line } = await newWorker({ url: test.url, prefix: test.prefix, partitions: 3, provider: fcm });
  line.saw(refused('credentials'), performance.now());
  await line.run();
  await test.redis.hset(test.keyspace.line, 'probes', 4);
  line.saw({ outcome: 'delivered', messageName: 'm' }, performance.now());
  line.saw(
    { outcome: 'failed', cause: 'credentials', code: 'PERMISSION_DENIED', message: 'No' },
    performance.now(),
  );
  await line.run();
  expect(await state.read()).toMatchObject({ code: 'PERMISSION_DENIED' });
  expect(await test.redis.hget(test.keyspace.line, 'probes')).toBe('0');
});

it('of many who ask, one gets the probe, and the next comes later each time', async () => {
  const mine = new LineState(test.redis, test.keyspace, { firstMs: 1, longestMs: 300_000 });
  expect(await mine.mayProbe()).toBe(false);
  await mine.stop({ code: 'NOT_FOUND', message: 'No such project' });
  await until(() => mine.mayProbe());
  const answers = await Promise.all(Array.from({ length: 20 }, () => mine.mayProbe()));
  expect(answers.filter(Boolean).length).toBeLessThanOrEqual(1);
  const waits: number[] = [];
  for (let i = 0; i < 4; i++) {
    await until(() => mine.mayProbe());
    waits.push(Number(await test.redis.hget(test.keyspace.line, 'probes')));
  }
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
});

it('a stop that began later is not ended by the end of the one before', async () => {
  const since = await state.stop({ code: 'NOT_FOUND', message: '' });
  await state.resume(since - 1);
  expect(await state.read()).toMatchObject({ sinceMs: since });
  expect(await state.stop({ code: 'OTHER', message: '' })).toBe(since);
  await state.resume(since);
  expect(await state.read()).toBeNull();
});
