import { newEvent, newReport } from '../../test/builders';
import { useQueue } from '../../test/queue';
import { until } from '../../test/until';
import { keysLike } from '../../test/redis';
import { recordId } from '../events/keys';
import { Queue } from './queue';

const test = useQueue();

const keysOf = (eventId: string) => test.keyspace.partitionOf(recordId('default', eventId)).keys;

/** The sum of one counter over all partitions. */
async function counter(name: string): Promise<number> {
  const values = await Promise.all(
    test.keyspace.partitions.map(({ keys }) => test.redis.hget(keys.counters, name)),
  );
  return values.reduce((sum, value) => sum + Number(value ?? 0), 0);
}

describe('enqueue', () => {
  it('stores a new event, queues it and counts it', async () => {
    const event = newEvent({ payload: '{"event_id":"x","note":"ünïcode"}' });
    expect(await test.queue.enqueue(event)).toBe('accepted');

    const record = await test.record(event);
    expect(record).toMatchObject({
      status: 'queued',
      type: 'order.created',
      user: 'user-1',
      order: 'order-1',
      payload: event.payload,
      headers: JSON.stringify(event.headers),
      attempts: '0',
      failures: '0',
      deaths: '0',
      round: '0',
      generation: '0',
    });
    expect(Math.abs(Number(record.received) - Date.now())).toBeLessThan(5000);
    expect(await test.redis.xrange(keysOf(event.eventId).stream, '-', '+')).toEqual([
      [record.entry, ['id', recordId('default', event.eventId)]],
    ]);
    expect([await counter('received'), await counter('accepted'), await counter('deduped')]).toEqual([
      1, 1, 0,
    ]);
  });

  it('takes in 100 identical events at once as one, with 99 duplicates, over four processes', async () => {
    const event = newEvent();
    const processes = await Promise.all(
      Array.from({ length: 4 }, async () => new Queue(await test.connect(), test.keyspace)),
    );
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => processes[i % 4]!.enqueue(event)),
    );
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'duplicate')).toHaveLength(99);
    expect(await test.redis.xlen(keysOf(event.eventId).stream)).toBe(1);
    expect([await counter('received'), await counter('deduped')]).toEqual([100, 99]);
  });

  it('takes one of two bodies that race for an id, and calls the other a conflict', async () => {
    const [one, other] = [
      newEvent({ eventId: 'raced', payload: '1' }),
      newEvent({ eventId: 'raced', payload: '2' }),
    ];
    const answers = await Promise.all([one, other].map((event) => test.queue.enqueue(event)));
    expect([...answers].sort()).toEqual(['accepted', 'conflict']);
    expect((await test.record(one)).payload).toBe(answers[0] === 'accepted' ? '1' : '2');
  });

  it('keeps the first body of an id', async () => {
    const first = await test.enqueued();
    const before = await test.record(first);
    expect(await test.queue.enqueue({ ...first, payload: '{}', userId: 'other' })).toBe('conflict');
    expect(await test.record(first)).toEqual(before);
  });

  it.each(['sent', 'failed', 'retrying', 'claimed'] as const)(
    'knows an event again that is %s',
    async (way) => {
      const worker = await test.worker();
      const event = newEvent();
      await test[way](worker, event);
      const before = await test.record(event);
      expect(await test.queue.enqueue(event)).toBe('duplicate');
      expect(await test.queue.enqueue({ ...event, payload: '{}' })).toBe('conflict');
      expect(await test.record(event)).toEqual(before);
    },
  );

  it('knows an event again that workers died of, and keeps its body', async () => {
    const event = await test.enqueued();
    await test.claim(await test.worker());
    await until(async () => (await test.upkeep({ maxDeliveries: 1 }).reclaim('reclaimer')).poison === 1);
    expect(await test.record(event)).toMatchObject({ status: 'failed', payload: event.payload });
    expect(await test.queue.enqueue(event)).toBe('duplicate');
    expect(await test.queue.enqueue({ ...event, payload: '{}' })).toBe('conflict');
    expect(await test.queue.replay(event.source, event.eventId)).toBe('replayed');
    expect(await test.claim(await test.worker())).toMatchObject([{ payload: event.payload }]);
  });

  it('keeps the ids of each source apart', async () => {
    const event = newEvent();
    expect(await test.queue.enqueue(event)).toBe('accepted');
    expect(await test.queue.enqueue({ ...event, source: 'github' })).toBe('accepted');
  });

  it.each(['0', '__proto__', 'a'.repeat(128), 'A:b_c.d-e'])('takes the id %j', async (eventId) => {
    const event = await test.enqueued({ eventId });
    expect(await test.record(event)).toMatchObject({ status: 'queued' });
    expect(await test.queue.enqueue(event)).toBe('duplicate');
  });

  it('takes in a body of a megabyte with bytes of every kind of text', async () => {
    const payload = JSON.stringify({ text: '\u0000\u2028\ud83d\ude00"\\'.repeat(100_000) });
    const event = await test.enqueued({ payload });
    expect((await test.record(event)).payload).toBe(payload);
  });
});

describe('enqueue when Redis refuses', () => {
  it('leaves nothing behind, so that the event can be taken in later', async () => {
    const event = newEvent();
    const { stream } = keysOf(event.eventId);
    await test.redis.set(stream, 'in the way');
    await expect(test.queue.enqueue(event)).rejects.toThrow(/WRONGTYPE/);
    expect((await keysLike(test.redis, `{${test.prefix}:*`)).sort()).toEqual(
      [stream, test.keyspace.meta].sort(),
    );

    await test.redis.del(stream);
    expect(await test.queue.enqueue(event)).toBe('accepted');
  });
});

describe('replay', () => {
  it.each(['sent', 'failed'] as const)(
    'queues a %s event again: history kept, all else afresh',
    async (way) => {
      const worker = await test.worker();
      const { recordId: id } = await test[way](worker);
      const before = await test.record({ source: 'default', eventId: id.split('/')[1]! });
      expect(await test.queue.replay('default', id.split('/')[1]!)).toBe('replayed');

      const event = { source: 'default', eventId: id.split('/')[1]! };
      const record = await test.record(event);
      expect(record).toMatchObject({
        status: 'queued',
        round: '1',
        failures: '0',
        deaths: '0',
        error: '',
        attempts: before.attempts,
        received: before.received,
      });
      expect(Number(record.fresh)).toBeGreaterThanOrEqual(Number(before.updated));
      const history = (await test.events.find(event.source, event.eventId))!.history;
      expect(history.map(({ kind }) => kind)).toEqual(
        way === 'sent'
          ? ['replayed', 'attempt', 'received']
          : ['replayed', 'dead_lettered', 'attempt', 'received'],
      );
      expect(await test.claim(worker)).toMatchObject([
        { recordId: id, round: 1, failures: 0, settledTargets: [] },
      ]);
    },
  );

  it.each(['claimed', 'retrying'] as const)('refuses an event that is %s', async (way) => {
    const event = newEvent();
    await test[way](await test.worker(), event);
    const before = await test.record(event);
    expect(await test.queue.replay(event.source, event.eventId)).toBe('not_replayable');
    expect(await test.record(event)).toEqual(before);
  });

  it('refuses an event that is queued, and one that it does not know', async () => {
    const event = await test.enqueued();
    expect(await test.queue.replay(event.source, event.eventId)).toBe('not_replayable');
    expect(await test.queue.replay('github', event.eventId)).toBe('missing');
  });

  it('happens once when 20 operators ask at once', async () => {
    const event = newEvent();
    await test.failed(await test.worker(), event);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => test.queue.replay(event.source, event.eventId)),
    );
    expect(answers.filter((answer) => answer === 'replayed')).toHaveLength(1);
    expect(await test.redis.xlen(keysOf(event.eventId).stream)).toBe(1);
    expect((await test.record(event)).round).toBe('1');
  });

  it('applied late, or asked for again by a client who got no answer, happens once', async () => {
    const worker = await test.worker();
    const { source, eventId } = newEvent();
    await test.failed(worker, { source, eventId });
    const replay = (nonce: string) => test.queue.replay(source, eventId, nonce);
    const settle = async () => {
      for (const claim of await test.claim(worker)) await worker.complete(claim, newReport());
    };
    expect(await replay('first')).toBe('replayed');
    expect(await replay('first')).toBe('replayed');
    await settle();
    expect(await replay('first')).toBe('replayed');
    expect(await replay('second')).toBe('replayed');
    await settle();
    expect(await replay('first')).toBe('replayed');
    expect(await test.record({ source, eventId })).toMatchObject({
      status: 'sent',
      round: '2',
      attempts: '3',
    });
  });

  it('keeps payload and headers through any number of rounds', async () => {
    const worker = await test.worker();
    const payload = JSON.stringify({ text: '\u0000\u2028\ud83d\ude00"\\ü\n'.repeat(5000) });
    const event = newEvent({ payload, headers: { 'x-name': 'ключ' } });
    await test.sent(worker, event);
    for (let round = 0; round < 3; round += 1) {
      expect(await test.events.find(event.source, event.eventId)).toMatchObject({
        payload: JSON.parse(payload) as unknown,
        headers: event.headers,
      });
      expect(await test.queue.replay(event.source, event.eventId)).toBe('replayed');
      const [claim] = await test.claim(worker);
      expect(claim).toMatchObject({ payload, headers: JSON.stringify(event.headers) });
      expect(await worker.bury(claim!, newReport(), { code: 'x', message: '' })).toBe('failed');
    }
  });
});
