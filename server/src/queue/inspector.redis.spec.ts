import { newEvent, newWorker } from '../../test/builders';
import { ManualClock } from '../../test/manual-clock';
import { useQueue } from '../../test/queue';
import { Inspector } from './inspector';
import { Workers } from './workers';

const test = useQueue();
let clock: ManualClock;
let workers: Workers;
let inspector: Inspector;
beforeEach(() => {
  clock = new ManualClock(Date.now());
  workers = new Workers(test.redis, test.keyspace);
  inspector = new Inspector(test.redis, test.keyspace, workers, clock);
});

describe('the figures of the queue', () => {
  it('are zero before anything has happened', async () => {
    expect(await inspector.snapshot()).toEqual({
      queued: 0,
      processing: 0,
      retrying: 0,
      failed: 0,
      oldest_age_ms: 0,
      workers: [],
    });
    expect(await inspector.totals()).toEqual({
      received: 0,
      deduped: 0,
      sent: 0,
      failed: 0,
      dlq: 0,
      queue_size: 0,
    });
  });

  it('count every status over all partitions, and every total of the contract', async () => {
    const worker = await test.worker();
    for (let i = 0; i < 4; i += 1) await test.sent(worker);
    for (let i = 0; i < 3; i += 1) await test.failed(worker);
    for (let i = 0; i < 2; i += 1) await test.retrying(worker);
    await test.claimed(worker);
    const waiting = await test.enqueued();
    for (let i = 0; i < 5; i += 1) await test.queue.enqueue(waiting);

    expect(await inspector.counts()).toEqual({ queued: 1, processing: 1, retrying: 2, sent: 4, failed: 3 });
    expect(await inspector.snapshot()).toMatchObject({ queued: 1, processing: 1, retrying: 2, failed: 3 });
    expect(await inspector.totals()).toEqual({
      received: 16,
      deduped: 5,
      sent: 4,
      failed: 5,
      dlq: 3,
      queue_size: 4,
    });
  });

  it('keep their totals when events are replayed, and drop them from the dead', async () => {
    const event = newEvent();
    await test.failed(await test.worker(), event);
    await test.queue.replay(event.source, event.eventId);
    expect(await inspector.totals()).toMatchObject({ received: 1, failed: 1, dlq: 0, queue_size: 1 });
  });

  it('name the workers that are alive', async () => {
    const seen_at = new Date(clock.now()).toISOString();
    await workers.signOfLife(newWorker({ seen_at }));
    expect((await inspector.snapshot()).workers).toEqual([newWorker({ seen_at })]);
  });
});

describe('the age of the oldest event that is not settled', () => {
  const test = useQueue({ partitions: 1 });
  beforeEach(() => {
    inspector = new Inspector(test.redis, test.keyspace, workers, clock);
  });
  const age = async () => (await inspector.snapshot()).oldest_age_ms;
  const received = async (event: { source: string; eventId: string }) =>
    Number((await test.record(event)).received);

  it.each(['claimed', 'retrying'] as const)('is that of the first one, also when it is %s', async (way) => {
    const first = newEvent();
    await test[way](await test.worker(), first);
    await test.enqueued();
    clock.advance(60_000);
    expect(await age()).toBe(clock.now() - (await received(first)));
  });

  it('does not look at what is settled', async () => {
    const worker = await test.worker();
    await test.sent(worker);
    await test.failed(worker);
    clock.advance(60_000);
    expect(await age()).toBe(0);
  });

  it('counts from the replay of a replayed event', async () => {
    const event = newEvent();
    await test.failed(await test.worker(), event);
    await test.queue.replay(event.source, event.eventId);
    clock.advance(1000);
    expect(await age()).toBe(clock.now() - Number((await test.record(event)).fresh));
  });

  it('is not hidden by an event that came in earlier and was replayed later', async () => {
    const replayed = newEvent({ eventId: 'a' });
    await test.failed(await test.worker(), replayed);
    const stuck = await test.enqueued({ eventId: 'b' });
    const stuckSince = await received(stuck);
    // As if the replay came long after the other was received.
    await test.queue.replay(replayed.source, replayed.eventId);
    clock.advance(60_000);
    expect(await age()).toBe(clock.now() - stuckSince);
  });

  it('is found behind many that came in earlier and were replayed later', async () => {
    const worker = await test.worker();
    const replayed = Array.from({ length: 30 }, (_, at) => newEvent({ eventId: `replayed-${at}` }));
    for (const event of replayed) await test.failed(worker, event);
    const stuck = await test.enqueued({ eventId: 'stuck' });
    for (const { source, eventId } of replayed) await test.queue.replay(source, eventId);
    clock.advance(60_000);
    expect(await age()).toBe(clock.now() - (await received(stuck)));
  });

  it('is never negative, however the clocks differ', async () => {
    await test.enqueued();
    clock.advance(-3_600_000);
    expect(await age()).toBe(0);
  });
});
