import { hostname } from 'node:os';
import { ManualClock } from '../../test/manual-clock';
import { newWorker as workerInfo } from '../../test/builders';
import { type TestWorker, useWorkers, type WorkerOptions } from '../../test/notifier';
import { useQueue } from '../../test/queue';
import { refused, ScriptedProvider } from '../../test/scripted-provider';
import { until } from '../../test/until';
import type { AttemptEntry, MilestoneEntry } from '../contract';
import { toldBy } from '../events/changes';
import { Janitor } from './janitor';

const LATEST_MS = 250;

const test = useQueue();
const create = useWorkers();
const newWorker = (options: Partial<WorkerOptions> = {}) =>
  create({ url: test.url, prefix: test.prefix, ...options });

describe('the promoter', () => {
  /** By how many ms each retry was queued after its time, by Redis' own clock. */
  async function latenesses(due: Map<string, number>): Promise<number[]> {
    const changes = await Promise.all(
      test.keyspace.partitions.map(({ keys }) => test.redis.xrange(keys.changes, '-', '+')),
    );
    return changes
      .flat()
      .flatMap(toldBy)
      .flatMap(({ atMs, id, status }) => (status === 'queued' && due.has(id) ? [atMs - due.get(id)!] : []));
  }

  it('of two workers queues retries when they are due: none early, none later than 250 ms, none twice', async () => {
    const claims = await test.worker();
    const due = new Map<string, number>();
    for (let retry = 0; retry < 50; retry++) await test.retrying(claims, {}, 500 + 20 * retry);
    for (const { keys } of test.keyspace.partitions) {
      const pairs = await test.redis.zrange(keys.due, '0', '-1', 'WITHSCORES');
      pairs.forEach((id, at) => at % 2 === 0 && due.set(id, Number(pairs[at + 1])));
      // Told as queued once before, when they came in.
      await test.redis.xtrim(keys.changes, 'MAXLEN', 0);
    }
    expect(due.size).toBe(50);
    const provider = new ScriptedProvider();
    const workers = await Promise.all([newWorker({ provider }), newWorker({ provider })]);
    for (const worker of workers) worker.start(worker.promoter);
    await until(async () => (await latenesses(due)).length === 50);
    const late = await latenesses(due);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(LATEST_MS);
    await until(() => provider.sentTo.length === 50);
    const promoted = await Promise.all(
      workers.map(async ({ metrics }) => (await metrics.upkeep.get()).values[0]?.value ?? 0),
    );
    expect(promoted.reduce((sum, count) => sum + count, 0)).toBe(50);
  });

  it('makes failed attempts follow each other at the delays of the settings, until they are used up', async () => {
    const worker = await newWorker({ settings: { retryDelaysMs: [100, 250, 400] } });
    worker.provider.answer('orders', refused('server'));
    worker.start(worker.promoter);
    const { eventId } = await test.enqueued({ userId: 'nobody' });
    const event = await until(async () => {
      const found = await test.events.find('default', eventId);
      return found?.status === 'failed' && found;
    });
    const history = event.history.toReversed();
    const started = history
      .filter((entry): entry is AttemptEntry => entry.kind === 'attempt')
      .map(({ started_at }) => Date.parse(started_at));
    const due = history
      .filter((entry): entry is MilestoneEntry => entry.kind === 'retry_scheduled')
      .map(({ due_at }) => Date.parse(due_at!));
    expect(started).toHaveLength(4);
    due.forEach((dueMs, retry) => {
      expect(started[retry + 1]! - dueMs).toBeGreaterThanOrEqual(0);
      expect(started[retry + 1]! - dueMs).toBeLessThanOrEqual(LATEST_MS);
    });
  });

  it('comes back for the next one in time, and otherwise looks five times a second', async () => {
    const worker = await newWorker();
    expect(await worker.promoter.run()).toBe(200);
    await test.retrying(await test.worker(), {}, 150);
    const restMs = await worker.promoter.run();
    expect(restMs).toBeGreaterThan(0);
    expect(restMs).toBeLessThanOrEqual(150);
  });
});

describe('the heartbeat', () => {
  it('shows the worker and how much it has under way', async () => {
    const clock = new ManualClock();
    const worker = await newWorker({ clock });
    worker.provider.hold();
    worker.start();
    await test.enqueued();
    await until(() => worker.provider.inFlight === 1);
    clock.advance(5000);
    await worker.heartbeat.run();
    expect(await worker.workers.list(clock.now())).toEqual([
      {
        name: worker.claims.owner,
        host: hostname(),
        pid: process.pid,
        started_at: '2026-11-01T12:00:00.000Z',
        seen_at: '2026-11-01T12:00:05.000Z',
        in_flight: 1,
      },
    ]);
  });

  it('beats three times in a lease, and every 3 s at least', async () => {
    expect(await (await newWorker({ leaseMs: 1500 })).heartbeat.run()).toBe(500);
    expect(await (await newWorker({ leaseMs: 600_000 })).heartbeat.run()).toBe(3000);
  });
});

describe('the janitor', () => {
  let worker: TestWorker;
  let clock: ManualClock;
  let janitor: Janitor;

  beforeEach(async () => {
    worker = await newWorker();
    clock = new ManualClock();
    await worker.claims.createGroups();
    const { upkeep, workers, claims, metrics, logger } = worker;
    janitor = new Janitor(upkeep, workers, claims.owner, clock, metrics, logger);
  });

  const consumersOf = async () => [...(await worker.upkeep.consumers())];

  it('forgets what is past its retention', async () => {
    const claim = await test.sent(worker.claims);
    await janitor.run();
    expect(await test.record(claim)).toMatchObject({ status: 'sent' });
    const longAgo = Date.now() - 604_801_000;
    await test.age(claim, longAgo);
    expect(await janitor.run()).toBe(30_000);
    expect(await test.record(claim)).toEqual({});
    expect(await worker.metrics.registry.metrics()).toContain('herald_upkeep_total{what="purged"} 1');
  });

  it('queues an event again whose entry was lost, and says so', async () => {
    const event = await test.enqueued();
    const { keys } = test.keyspace.partitionOf(`default/${event.eventId}`);
    await test.redis.del(keys.stream);
    await worker.claims.createGroups();
    await janitor.run();
    expect(await test.redis.xlen(keys.stream)).toBe(1);
    expect(worker.logger.texts('error')).toEqual([
      'Queued 1 events again whose stream entry or due time was lost',
    ]);
  });

  it('forgets a worker that was not heard of for a minute, not one that was', async () => {
    const seen = (ago: number) => new Date(clock.now() - ago).toISOString();
    await worker.workers.signOfLife(workerInfo({ name: 'silent', seen_at: seen(60_000) }));
    await worker.workers.signOfLife(workerInfo({ name: 'alive', seen_at: seen(59_000) }));
    await janitor.run();
    expect(Object.keys(await test.redis.hgetall(test.keyspace.workers))).toEqual(['alive']);
  });

  it('removes no consumer that was read by lately, nor one that still owns something', async () => {
    const busy = await test.worker('busy');
    const idle = await test.worker('idle');
    await test.enqueued();
    await test.read(busy);
    await test.sent(idle);
    await janitor.run();
    expect((await consumersOf()).toSorted()).toEqual(['busy', 'idle']);
  });

  it('retires a consumer that owns nothing when it was silent for long, but never its own', async () => {
    await test.sent(await test.worker('dead'));
    await test.sent(worker.claims);
    await test.enqueued();
    await test.read(await test.worker('dead but owning'));
    const { upkeep, workers, claims, metrics, logger } = worker;
    await new Janitor(upkeep, workers, claims.owner, clock, metrics, logger, 0).run();
    expect((await consumersOf()).toSorted()).toEqual(['dead but owning', claims.owner].toSorted());
  });
});
