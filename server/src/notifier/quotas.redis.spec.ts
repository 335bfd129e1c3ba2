import { newEvent } from '../../test/builders';
import { type TestWorker, useWorkers } from '../../test/notifier';
import { useRedis } from '../../test/redis';
import { DELIVERED, ScriptedProvider } from '../../test/scripted-provider';
import { until } from '../../test/until';
import type { AttemptEntry, EventStatus } from '../contract';
import { systemClock } from '../config/clock';
import type { DeliveryResult, QuotaScope } from '../delivery/provider';
import { Events } from '../events/events';
import { Inspector } from '../queue/inspector';
import { Queue } from '../queue/queue';
import { QuotaState } from '../quota/quota-state';
import type { QuotaSettings } from '../quota/settings';
import { QuotaWatch } from './quota-watch';

const WAIT_MS = 20_000;
const test = useRedis({ partitions: 3 });
const newWorker = useWorkers();
let fcm: ScriptedProvider;
let queue: Queue;
let events: Events;
let inspector: Inspector;

beforeEach(() => {
  fcm = new ScriptedProvider();
  queue = new Queue(test.redis, test.keyspace);
  events = new Events(test.redis, test.keyspace);
});

async function startWorker(quotas: Partial<QuotaSettings> = {}): Promise<TestWorker> {
  const { url, prefix } = test;
  const worker = await newWorker({ url, prefix, partitions: 3, provider: fcm, quotas });
  const state = new QuotaState(test.redis, prefix);
  inspector = new Inspector(test.redis, test.keyspace, worker.workers, systemClock, undefined, state);
  worker.start(worker.promoter, worker.heartbeat, new QuotaWatch(worker.governor!));
  return worker;
}

const exceeded = (scope: QuotaScope, retryAfterMs: number): DeliveryResult => ({
  ...{ outcome: 'failed', cause: 'throttled', code: 'QUOTA_EXCEEDED', message: 'Too many' },
  ...{ scope, retryAfterMs },
});
const has = (status: EventStatus, count: number) =>
  until(async () => (await inspector.counts())[status] === count, WAIT_MS);
const found = async (id: string) => (await events.find('default', id))!;
const metric = async ({ metrics }: TestWorker, name: string) =>
  Number(
    new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (.+)$`, 'm').exec(await metrics.registry.metrics())?.[1],
  );

async function enqueue(count: number, userId: string): Promise<string[]> {
  const sent = Array.from({ length: count }, () => newEvent({ userId }));
  for (const event of sent) await queue.enqueue(event);
  return sent.map(({ eventId }) => eventId);
}

describe('a burst below the quota', () => {
  it('waits for nothing, however cold the project is', async () => {
    const worker = await startWorker();
    await enqueue(300, 'nobody');
    await has('sent', 300);
    expect(fcm.sentTo).toHaveLength(300);
    expect(await worker.metrics.registry.metrics()).not.toMatch(/^herald_quota_waits_total\{/m);
    await until(async () => (await metric(worker, 'herald_quota_use')) > 0);
    expect(await metric(worker, 'herald_quota_use')).toBeLessThanOrEqual(300 / 600_000);
  });
});

describe('a burst above the quota', () => {
  it('goes out at the rate of the quota; what waits is not begun, not tried, and nothing fails', async () => {
    // 100 at once, then 18 a second.
    const worker = await startWorker({ perMinute: 1200, rampS: 0 });
    const began = performance.now();
    await enqueue(150, 'nobody');
    await until(async () => (await inspector.snapshot()).throttled, WAIT_MS);
    expect((await inspector.snapshot()).throttled).toEqual({ since: expect.any(String), per_minute: 1100 });
    await has('sent', 150);
    expect(performance.now() - began).toBeGreaterThan(2000);
    expect(fcm.sentTo).toHaveLength(150);
    expect(await inspector.totals()).toMatchObject({ failed: 0, dlq: 0, sent: 150 });
    expect(await metric(worker, 'herald_quota_waits_total{scope="project"}')).toBeGreaterThan(20);
  }, 30_000);

  it('is handed back by a worker that stops', async () => {
    const worker = await startWorker({ perMinute: 12, rampS: 0 });
    await enqueue(80, 'nobody');
    await until(async () => (await inspector.snapshot()).throttled, WAIT_MS);
    await until(() => worker.consumer.entriesInFlight().length >= 20, WAIT_MS);
    expect(await worker.stop(2000)).toBe(0);
    const { processing, queued, retrying } = await inspector.counts();
    expect(processing).toBe(0);
    expect(queued + retrying + fcm.sentTo.length).toBe(80);
  });

  it('of which more than four fifths of the quota are used warns once', async () => {
    const worker = await startWorker({ perMinute: 600, rampS: 0 });
    await enqueue(50, 'nobody');
    await has('sent', 50);
    expect(worker.logger.texts('warn')).toEqual([]);
    await test.redis.hset(`{${test.prefix}:quota}:project`, 'used', 500);
    await until(() => worker.logger.texts('warn').length > 0);
    expect(worker.logger.texts('warn')).toEqual([expect.stringContaining('More than 80 % of the quota')]);
  });
});

describe('a device at its quota', () => {
  it('holds back its own message alone, which comes back by itself, untried and uncounted', async () => {
    const worker = await startWorker();
    await worker.devices.register({ userId: 'alice', token: 'busy' });
    await worker.devices.register({ userId: 'alice', token: 'idle' });
    fcm.answer('busy', exceeded('device', 3000), DELIVERED);
    const [first] = await enqueue(1, 'alice');
    await has('retrying', 1);
    const [second] = await enqueue(1, 'alice');
    await has('retrying', 2);
    expect(fcm.sentTo.filter((token) => token === 'busy')).toHaveLength(1);
    expect(fcm.sentTo.filter((token) => token === 'idle')).toHaveLength(2);
    const held = await found(second!);
    expect(held).toMatchObject({ status: 'retrying', attempts: 1, last_error: { code: 'quota' } });
    expect((await found(first!)).last_error).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    await has('sent', 2);
    const tries = (await found(second!)).history.filter(
      (entry): entry is AttemptEntry => entry.kind === 'attempt',
    );
    expect(tries.map(({ outcome }) => outcome)).toEqual(['delivered', 'delivered']);
    expect((await inspector.totals()).dlq).toBe(0);
    expect(await metric(worker, 'herald_quota_waits_total{scope="device"}')).toBeGreaterThanOrEqual(1);
  }, 30_000);

  it('whose event has no other target is not an attempt at all', async () => {
    const worker = await startWorker();
    await worker.devices.register({ userId: 'alice', token: 'busy' });
    fcm.answer('busy', exceeded('device', 60_000));
    await enqueue(1, 'alice');
    await has('retrying', 1);
    const [id] = await enqueue(1, 'alice');
    await has('retrying', 2);
    expect(await found(id!)).toMatchObject({
      status: 'retrying',
      attempts: 0,
      last_error: { code: 'quota' },
    });
    expect((await inspector.totals()).failed).toBe(0);
    const [due] = (await found(id!)).history.flatMap((entry) => ('due_at' in entry ? entry.due_at : []));
    expect(Date.parse(due!) - Date.now()).toBeGreaterThan(50_000);
  });
});

describe('a 429', () => {
  it('of the project stops all workers; nothing is sent until its time, and then more slowly', async () => {
    const [one, other] = [await startWorker({ rampS: 0 }), await startWorker({ rampS: 0 })];
    fcm.answer('orders', exceeded('project', 3000), DELIVERED);
    await enqueue(1, 'nobody');
    await until(async () => (await metric(one, 'herald_quota_paused')) === 1);
    await until(async () => (await metric(other, 'herald_quota_paused')) === 1);
    const { throttled } = await inspector.snapshot();
    expect(Date.parse(throttled!.until!) - Date.parse(throttled!.since)).toBeGreaterThan(2900);
    await enqueue(50, 'nobody');
    expect(fcm.sentTo).toHaveLength(1);
    await has('sent', 51);
    expect(Date.now()).toBeGreaterThan(Date.parse(throttled!.until!) - 100);
    expect(fcm.sentTo).toHaveLength(52);
    await until(async () => (await metric(one, 'herald_quota_paused')) === 0);
    const rate = Number(await test.redis.hget(`{${test.prefix}:quota}:project`, 'ceiling'));
    expect(rate).toBeLessThan(6000);
    expect(one.logger.texts('warn')).toEqual([expect.stringContaining('quota is exceeded')]);
  }, 30_000);

  it('of topics stops messages to topics only', async () => {
    const worker = await startWorker();
    await worker.devices.register({ userId: 'alice', token: 'phone' });
    fcm.answer('orders', exceeded('topic', 60_000));
    await enqueue(1, 'nobody');
    await has('retrying', 1);
    const [topic] = await enqueue(1, 'nobody');
    await enqueue(5, 'alice');
    await has('sent', 5);
    await has('retrying', 2);
    expect(await found(topic!)).toMatchObject({ attempts: 0, last_error: { code: 'quota' } });
    expect(fcm.sentTo.filter((address) => address === 'orders')).toHaveLength(1);
  });
});
