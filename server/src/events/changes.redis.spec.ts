import { useQueue } from '../../test/queue';
import { recordId } from './keys';
import { ChangesReader } from './changes';

const test = useQueue();
let reader: ChangesReader;
beforeEach(() => {
  reader = new ChangesReader(test.redis, test.keyspace, test.events);
});

const read = async () => (await reader.read()).map(({ event }) => [event.event_id, event.status]);

describe('the changes', () => {
  it('are told from now on, once each, whatever partition they happen in', async () => {
    await test.enqueued();
    await reader.begin();
    expect(await read()).toEqual([]);

    const events = [];
    for (let i = 0; i < 6; i += 1) events.push(await test.enqueued());
    const told = await read();
    expect(told).toHaveLength(6);
    expect(told).toEqual(expect.arrayContaining(events.map(({ eventId }) => [eventId, 'queued'])));
    expect(await read()).toEqual([]);
  });

  it('of one event come in their order, each with the status of its moment', async () => {
    await reader.begin();
    const claim = await test.sent(await test.worker(), { eventId: 'a' });
    const changes = await reader.read();
    expect(changes.map(({ event }) => event.status)).toEqual(['queued', 'processing', 'sent']);
    const times = changes.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // The record is written a moment before the change is told, so that the two may be of different milliseconds.
    const { updated_at, ...event } = changes.at(-1)!.event;
    expect(Date.parse(updated_at)).toBe(times[2]);
    expect(await test.events.summary(claim.recordId)).toMatchObject(event);
  });

  it('are told from a point in the past, its own ms included and none before it', async () => {
    const { keys } = test.keyspace.partitionOf('default/a');
    await test.enqueued({ eventId: 'a' });
    const place = (ms: number, status: string) =>
      test.redis.xadd(keys.changes, `${ms}-0`, recordId('default', 'a'), status);
    const base = Date.now() + 60_000;
    await place(base, 'processing');
    await place(base + 1, 'retrying');
    await place(base + 2, 'queued');
    await reader.begin(base + 1);
    expect(await read()).toEqual([
      ['a', 'retrying'],
      ['a', 'queued'],
    ]);
    expect(await read()).toEqual([]);
  });

  it('of more events than one read holds are told by the next one', async () => {
    await reader.begin();
    await Promise.all(Array.from({ length: 600 * test.keyspace.partitions.length }, () => test.enqueued()));
    let told = 0;
    for (let some = (await read()).length; some > 0; some = (await read()).length) told += some;
    expect(told).toBe(600 * test.keyspace.partitions.length);
  });

  it('of an event that is gone are left out', async () => {
    await reader.begin();
    const { keys } = test.keyspace.partitions[0]!;
    await test.redis.xadd(keys.changes, '*', 'default/gone', 'sent');
    expect(await read()).toEqual([]);
  });

  it('are all told to a reader that was never begun', async () => {
    const event = await test.enqueued();
    expect(await read()).toEqual([[event.eventId, 'queued']]);
  });
});
