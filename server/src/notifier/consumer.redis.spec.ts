import { RecordingLogger } from '../../test/recording-logger';
import { useWorkers, type WorkerOptions } from '../../test/notifier';
import { useQueue } from '../../test/queue';
import { ScriptedProvider } from '../../test/scripted-provider';
import { until } from '../../test/until';
import { CONSUMER_GROUP } from '../events/keys';
import type { NewEvent } from '../events/new-event';
import { Consumer } from './consumer';

const test = useQueue();
const create = useWorkers();
const newWorker = (options: Partial<WorkerOptions> = {}) =>
  create({ url: test.url, prefix: test.prefix, ...options });

const LEASE_MS = 300;

function enqueue(count: number, given?: Partial<NewEvent>): Promise<unknown> {
  return Promise.all(Array.from({ length: count }, () => test.enqueued(given)));
}

async function countOf(status: 'queued' | 'processing' | 'retrying' | 'sent' | 'failed'): Promise<number> {
  const counts = await Promise.all(
    test.keyspace.partitions.map(({ keys }) => test.redis.zcard(keys[status])),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

const allSent = (count: number) => until(async () => (await countOf('sent')) === count, 15_000);

describe('a consumer', () => {
  it('works off what was queued before it started and what comes later', async () => {
    await enqueue(5);
    const worker = await newWorker();
    worker.start();
    await allSent(5);
    await enqueue(5);
    await allSent(10);
    expect(worker.provider.sentTo).toHaveLength(10);
  });

  it('has no more events under way than it may', async () => {
    await enqueue(30);
    const worker = await newWorker({ concurrency: 5 });
    worker.provider.hold();
    worker.start();
    await until(() => worker.provider.inFlight === 5);
    worker.provider.release();
    await allSent(30);
    expect(worker.provider.mostInFlight).toBe(5);
  });

  it('has hundreds under way at once', async () => {
    await enqueue(600);
    const worker = await newWorker({ concurrency: 500 });
    worker.provider.hold();
    worker.start();
    await until(() => worker.provider.inFlight === 500);
    worker.provider.release();
    await allSent(600);
  });

  it('starves no partition, even with a single place', async () => {
    await enqueue(30);
    const worker = await newWorker({ concurrency: 1 });
    worker.start();
    await allSent(30);
    expect(worker.provider.mostInFlight).toBe(1);
  });

  it('shares the queue with another one, so that each event is sent once', async () => {
    const provider = new ScriptedProvider();
    const workers = await Promise.all([newWorker({ provider }), newWorker({ provider })]);
    for (const worker of workers) worker.start();
    await enqueue(200);
    await allSent(200);
    expect(provider.sentTo).toHaveLength(200);
  });

  it('leaves an event pending that breaks its handler, says so and goes on', async () => {
    const worker = await newWorker();
    const logger = new RecordingLogger();
    const handled: string[] = [];
    const consumer = new Consumer(
      worker.claims,
      test.keyspace,
      worker.connections,
      10,
      async ({ recordId }) => {
        handled.push(recordId);
        throw new TypeError('a fault of ours');
      },
      [worker.line],
      logger,
    );
    consumer.start();
    await enqueue(2);
    await until(() => logger.texts('error').length === 2);
    expect(logger.texts('error')).toEqual(['event left pending', 'event left pending']);
    expect(handled).toHaveLength(2);
    expect(await countOf('processing')).toBe(2);
    expect(await consumer.stop(1000)).toBe(0);
    expect(await countOf('queued')).toBe(2);
  });
});

describe('a destroyed consumer group', () => {
  it('is made again from the beginning of its stream, so that nothing is lost', async () => {
    const worker = await newWorker();
    worker.start();
    await enqueue(3);
    await allSent(3);
    // Atomic, so that the entries are there before the consumer could make the group again.
    const event = 'default/evt-of-destroyed-group';
    const { keys } = test.keyspace.partitionOf(event);
    const destroyed = test.redis.xgroup('DESTROY', keys.stream, CONSUMER_GROUP);
    const [, enqueued] = await Promise.all([destroyed, test.enqueued({ eventId: 'evt-of-destroyed-group' })]);
    await allSent(4);
    await enqueue(3);
    await allSent(7);
    expect(await test.events.find('default', enqueued.eventId)).toMatchObject({ status: 'sent' });
    expect(worker.logger.texts('warn')).toEqual([expect.stringContaining('NOGROUP')]);
    expect(worker.logger.texts('log')).toContain('Reading from the queue again');
  });
});

describe('a stop', () => {
  it('begins nothing more, waits for what is under way and hands the rest back at once', async () => {
    await enqueue(5);
    const worker = await newWorker({ concurrency: 2 });
    worker.provider.hold();
    worker.start();
    await until(() => worker.provider.inFlight === 2);
    const stopping = worker.stop();
    const other = await newWorker();
    other.start();
    // One of each partition may have been read ahead.
    await allSent(3);
    worker.provider.release();
    expect(await stopping).toBe(0);
    await allSent(5);
    expect([worker, other].map(({ provider }) => provider.sentTo.length)).toEqual([2, 3]);
  });

  it('begins nothing that waits for its turn to be begun', async () => {
    const worker = await newWorker({ concurrency: 500 });
    worker.provider.hold();
    await enqueue(60, { payload: JSON.stringify({ user_id: 'ada', note: 'x'.repeat(400_000) }) });
    let begun = 0;
    const begin = worker.claims.begin.bind(worker.claims);
    const first = Promise.withResolvers<void>();
    jest.spyOn(worker.claims, 'begin').mockImplementation(async (entry) => {
      if (++begun === 1) first.resolve();
      return begin(entry);
    });
    worker.start();
    await first.promise;
    const stopped = worker.stop(2000);
    worker.provider.release();
    expect(await stopped).toBe(0);
    expect(begun).toBeLessThan(60);
    expect((await countOf('queued')) + (await countOf('sent'))).toBe(60);
  });

  it('hands back what Redis had handed out in an answer that was cut short', async () => {
    const worker = await newWorker({ concurrency: 1 });
    worker.provider.hold();
    worker.start();
    await enqueue(1);
    await until(() => worker.provider.inFlight === 1);
    await enqueue(2);
    // In the worker's name, but not on its connection.
    expect(await test.read(worker.claims)).toHaveLength(2);
    const stopping = worker.stop();
    worker.provider.release();
    expect(await stopping).toBe(0);
    expect(await countOf('queued')).toBe(2);
    const other = await newWorker();
    other.start();
    await allSent(3);
  });

  it('is prompt while the queue is empty', async () => {
    const worker = await newWorker();
    worker.start();
    await enqueue(1);
    await allSent(1);
    const before = performance.now();
    expect(await worker.stop()).toBe(0);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('is prompt while the connection is still being made', async () => {
    const worker = await newWorker();
    worker.start();
    const before = performance.now();
    expect(await worker.stop()).toBe(0);
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('hands back at its deadline what is still under way, and does not wait for the lease', async () => {
    const events = [await test.enqueued(), await test.enqueued()];
    const slow = await newWorker();
    slow.provider.hold();
    slow.start();
    await until(() => slow.provider.inFlight === 2);
    expect(await slow.stop(50)).toBe(2);
    expect(await countOf('queued')).toBe(2);
    const other = await newWorker();
    other.start();
    await allSent(2);
    expect((await test.events.find('default', events[0]!.eventId))!.history).toMatchObject([
      { outcome: 'delivered' },
      { outcome: 'unknown', code: 'worker_stopped', counted: false },
      { kind: 'received' },
    ]);
  });
});

describe('a lease', () => {
  it('is renewed while the worker lives, so that a stalled send is not taken over', async () => {
    await enqueue(1);
    const stalled = await newWorker({ leaseMs: LEASE_MS });
    const other = await newWorker({ leaseMs: LEASE_MS });
    stalled.provider.hold();
    stalled.start(stalled.heartbeat);
    await until(() => stalled.provider.inFlight === 1);
    other.start(other.heartbeat);
    const begun = performance.now();
    await until(async () => {
      await other.reclaimer.run();
      return performance.now() - begun > 4 * LEASE_MS;
    });
    expect(other.provider.sentTo).toEqual([]);
    stalled.provider.release();
    await allSent(1);
    expect(stalled.provider.sentTo).toHaveLength(1);
  });

  it('of a dead worker runs out, and another one delivers its events', async () => {
    const events = await Promise.all([test.enqueued(), test.enqueued(), test.enqueued()]);
    const dead = await newWorker({ leaseMs: LEASE_MS });
    dead.provider.hold();
    dead.start(dead.heartbeat);
    await until(() => dead.provider.inFlight === 3);
    const other = await newWorker({ leaseMs: LEASE_MS });
    other.start(other.reclaimer);
    await dead.die();
    const diedAt = performance.now();
    await allSent(3);
    expect(performance.now() - diedAt).toBeLessThan(LEASE_MS + 5000);
    expect(other.provider.sentTo).toHaveLength(3);
    expect(other.logger.texts('warn')).toEqual(['Took over 3 events of workers that went away']);
    const { history } = (await test.events.find('default', events[0].eventId))!;
    expect(history).toMatchObject([
      { outcome: 'delivered' },
      { outcome: 'unknown', code: 'worker_lost', counted: false },
      { kind: 'received' },
    ]);
  });

  it('dead-letters as poison an event that three workers died of', async () => {
    const event = await test.enqueued();
    const rescuer = await newWorker({ leaseMs: 20 });
    for (let deaths = 0; deaths < 3; deaths++) {
      const victim = await newWorker();
      victim.provider.hold();
      victim.start();
      await until(() => victim.provider.inFlight === 1);
      await victim.die();
      await until(async () => {
        await rescuer.reclaimer.run();
        return (await countOf('processing')) === 0;
      });
    }
    const found = await test.events.find('default', event.eventId);
    expect(found).toMatchObject({ status: 'failed', attempts: 3, last_error: { code: 'poison' } });
    expect(rescuer.logger.texts('error')).toEqual([
      'Dead-lettered 1 events that workers died of again and again',
    ]);
    expect(await rescuer.metrics.registry.metrics()).toContain('herald_upkeep_total{what="poison"} 1');
  });

  it('is of no use to an entry that somebody deleted: that is reported as lost', async () => {
    const event = await test.enqueued();
    const worker = await newWorker({ leaseMs: 10 });
    const [entry] = await test.read(await test.worker('dead'));
    await test.redis.xdel(entry!.partition.keys.stream, entry!.entryId);
    await until(async () => {
      await worker.reclaimer.run();
      return worker.logger.texts('error').length > 0;
    });
    expect(worker.logger.texts('error')[0]).toContain('1 entries were deleted while pending');
    await worker.upkeep.mend();
    worker.start();
    await allSent(1);
    expect(await test.events.find('default', event.eventId)).toMatchObject({ status: 'sent' });
  });
});
