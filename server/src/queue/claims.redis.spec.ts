import { newEvent, newReport } from '../../test/builders';
import { useQueue } from '../../test/queue';
import { until } from '../../test/until';
import { CONSUMER_GROUP, splitRecordId } from '../events/keys';
import { Claims, type Entry } from './claims';

const test = useQueue();

type Pending = [entry: string, owner: string, idleMs: number, deliveries: number];

/** Whom each pending entry belongs to, and for how many ms it was idle. */
async function pending({ partition }: Pick<Entry, 'partition'>): Promise<Pending[]> {
  const rows = await test.redis.xpending(partition.keys.stream, CONSUMER_GROUP, '-', '+', 1000);
  return rows as Pending[];
}

describe('consumer groups', () => {
  it('deliver what was enqueued before they existed', async () => {
    const event = await test.enqueued();
    const worker = await test.worker();
    expect(await test.read(worker)).toMatchObject([{ recordId: `default/${event.eventId}` }]);
  });

  it('may be created by any number of workers, any number of times', async () => {
    const workers = await Promise.all(Array.from({ length: 5 }, () => test.worker()));
    await workers[0]!.createGroups();
    await test.enqueued();
    await test.read(workers[0]!);
    // The group's place is kept: nothing is delivered again.
    await workers[1]!.createGroups();
    expect(await workers[1]!.pending(test.keyspace.partitions)).toEqual([]);
  });

  it('are not hidden by any other refusal', async () => {
    await test.redis.set(test.keyspace.partitions[0]!.keys.stream, 'in the way');
    await expect(test.worker()).rejects.toThrow(/WRONGTYPE/);
    await test.redis.del(test.keyspace.partitions[0]!.keys.stream);
  });
});

describe('read', () => {
  it('delivers each entry to one worker', async () => {
    const workers = await Promise.all([test.worker(), test.worker()]);
    for (let i = 0; i < 20; i += 1) await test.enqueued();
    const first = await workers[0].read(await test.connect('forBlockingReads'), test.keyspace.partitions, 3);
    const second = await test.read(workers[1]);
    expect(first.length).toBeLessThanOrEqual(3 * test.keyspace.partitions.length);
    expect(new Set([...first, ...second].map(({ recordId }) => recordId)).size).toBe(20);
    expect(first.length + second.length).toBe(20);
  });

  describe('tells how large a payload is, if it is large, whichever way its event came into the queue', () => {
    const payload = JSON.stringify({ note: 'ü'.repeat(5000) });
    const WAYS: Record<string, (worker: Claims) => Promise<unknown>> = {
      'taken in': () => test.enqueued({ payload }),
      replayed: async (worker) => {
        const { source, eventId } = splitRecordId((await test.failed(worker, { payload })).recordId);
        expect(await test.queue.replay(source, eventId)).toBe('replayed');
      },
      'due again': async (worker) => {
        await test.retrying(worker, { payload }, 0);
        await until(async () => (await test.upkeep().promote()).moved === 1);
      },
      'handed back before it was begun': async (worker) => {
        await test.enqueued({ payload });
        await test.read(worker);
        await worker.handBack({ begun: false });
      },
      'handed back by one that stopped': async (worker) => {
        await test.claimed(worker, { payload });
        await worker.handBack({ begun: true });
      },
      'taken over before it was begun': async (worker) => {
        await test.enqueued({ payload });
        await test.read(worker);
        await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
      },
      'taken over from a dead worker': async (worker) => {
        await test.claimed(worker, { payload });
        await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
      },
      'mended after its entry was lost': async (worker) => {
        const { partition, entryId } = await test.claimed(worker, { payload });
        await test.redis.xack(partition.keys.stream, CONSUMER_GROUP, entryId);
        await test.redis.xdel(partition.keys.stream, entryId);
        expect(await test.upkeep().mend()).toBe(1);
      },
    };

    it.each(Object.entries(WAYS))('%s', async (_, come) => {
      await come(await test.worker());
      const reader = await test.worker();
      expect(await test.read(reader)).toMatchObject([{ bytes: Buffer.byteLength(payload) }]);
      expect(await reader.pending(test.keyspace.partitions)).toMatchObject([
        { bytes: Buffer.byteLength(payload) },
      ]);
    });

    it.each([
      [4096, []],
      [4097, ['bytes', '4097']],
    ])('from more than 4 kB on: %i bytes', async (bytes, told) => {
      const worker = await test.worker();
      await test.enqueued({ payload: `{"note":"${'x'.repeat(bytes - '{"note":""}'.length)}"}` });
      const [entry] = await test.read(worker);
      expect(entry).toMatchObject({ bytes });
      expect(await test.redis.xrange(entry!.partition.keys.stream, '-', '+')).toEqual([
        [entry!.entryId, ['id', entry!.recordId, ...told]],
      ]);
    });
  });

  it('wakes up for an event that comes in while it waits', async () => {
    const worker = await test.worker();
    const reader = await test.connect('forBlockingReads');
    const reading = worker.read(reader, test.keyspace.partitions, 10);
    await until(async () => /cmd=xreadgroup/.test(String(await test.redis.client('LIST'))));
    const event = await test.enqueued();
    expect(await reading).toMatchObject([{ recordId: `default/${event.eventId}` }]);
  });

  it('is over after 2 s without an event', async () => {
    const worker = await test.worker();
    expect(await test.read(worker)).toEqual([]);
  });

  it('of entries that were delivered but never answered for is `pending`', async () => {
    const worker = await test.worker();
    for (let i = 0; i < 10; i += 1) await test.enqueued();
    const read = await test.read(worker);
    expect(new Set(await worker.pending(test.keyspace.partitions))).toEqual(new Set(read));
    expect(await new Claims(test.redis, test.keyspace, 'another').pending(test.keyspace.partitions)).toEqual(
      [],
    );
  });

  it('of more pending entries than one answer holds gives all of them', async () => {
    const worker = await test.worker();
    await Promise.all(Array.from({ length: 1600 }, () => test.enqueued()));
    await test.read(worker);
    const found = await worker.pending(test.keyspace.partitions);
    expect(new Set(found.map(({ recordId }) => recordId)).size).toBe(1600);
    expect(found).toHaveLength(1600);
  });
});

describe('begin', () => {
  it('claims the event: it is processing, and the claim says what is to be done', async () => {
    const event = newEvent({ userId: 'user-7', orderId: 'order-7' });
    await test.queue.enqueue(event);
    const worker = await test.worker('worker-a');
    const claims = await test.claim(worker);
    const record = await test.record(event);
    expect(claims).toEqual([
      {
        partition: test.keyspace.partitionOf(`default/${event.eventId}`),
        entryId: record.entry,
        recordId: `default/${event.eventId}`,
        bytes: 4096,
        owner: 'worker-a',
        generation: 1,
        round: 0,
        failures: 0,
        freshMs: Number(record.received),
        receivedMs: Number(record.received),
        claimedMs: Number(record.updated),
        type: 'order.created',
        userId: 'user-7',
        orderId: 'order-7',
        payload: event.payload,
        headers: JSON.stringify(event.headers),
        settledTargets: [],
      },
    ]);
    expect(record).toMatchObject({ status: 'processing', owner: 'worker-a', generation: '1' });
  });

  it('gives the same owner the same claim again, in case the answer was lost', async () => {
    const event = await test.enqueued();
    const worker = await test.worker();
    const [entry] = await test.read(worker);
    const first = await worker.begin(entry!);
    const record = await test.record(event);
    const again = await Promise.all([worker.begin(entry!), worker.begin(entry!)]);
    for (const claim of again) expect(claim).toEqual({ ...first, claimedMs: expect.any(Number) as number });
    expect(await test.record(event)).toEqual(record);
  });

  it('by another owner takes the event over, and the first one’s failure counts no more', async () => {
    const first = await test.worker();
    const claim = await test.claimed(first);
    const second = await test.worker('second');
    const taken = await second.begin(claim);
    expect(taken).toMatchObject({ owner: 'second', generation: 2 });
    expect(await first.bury(claim, newReport(), { code: 'x', message: '' })).toBe('stale');
    expect(await second.complete(taken!, newReport())).toBe('sent');
  });

  it.each(['sent', 'failed', 'retrying'] as const)('is refused when the event is %s', async (way) => {
    const worker = await test.worker();
    const claim = await test[way](worker);
    const before = await test.record(claim);
    expect(await worker.begin(claim)).toBeNull();
    expect(await test.record(claim)).toEqual(before);
  });

  it('is refused to a slow worker whose entry was queued again, and leaves the new entry alone', async () => {
    const slow = await test.worker();
    const event = await test.enqueued();
    const [entry] = await test.read(slow);
    await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
    expect(await slow.begin(entry!)).toBeNull();
    expect(await test.record(event)).toMatchObject({ status: 'queued', generation: '0' });
    const [taken] = await test.claim(await test.worker());
    expect(await slow.begin(entry!)).toBeNull();
    expect(await test.record(event)).toMatchObject({ status: 'processing', owner: taken!.owner });
  });

  it('is refused for an entry that is not the one the event waits for, and drops it', async () => {
    const worker = await test.worker();
    const claim = await test.sent(worker);
    const { stream } = claim.partition.keys;
    const entryId = (await test.redis.xadd(stream, '*', 'id', claim.recordId))!;
    const [entry] = await test.read(worker);
    expect(entry).toMatchObject({ entryId });
    expect(await worker.begin(entry!)).toBeNull();
    expect(await test.redis.xlen(stream)).toBe(0);
    expect(await pending(claim)).toEqual([]);
  });

  it('is refused for an event that does not exist, and drops its entry', async () => {
    const worker = await test.worker();
    const { stream } = test.keyspace.partitions[0]!.keys;
    await test.redis.xadd(stream, '*', 'id', 'default/nobody');
    const [entry] = await test.read(worker);
    expect(await worker.begin(entry!)).toBeNull();
    expect(await test.redis.xlen(stream)).toBe(0);
  });

  it('by ten workers at once leaves one owner', async () => {
    const event = await test.enqueued();
    const workers = await Promise.all(Array.from({ length: 10 }, () => test.worker()));
    const [entry] = await test.read(workers[0]!);
    const claims = await Promise.all(workers.map((worker) => worker.begin(entry!)));
    const { owner, generation } = await test.record(event);
    expect(generation).toBe('10');
    const outcomes = await Promise.all(
      claims.map((claim, i) => workers[i]!.bury(claim!, newReport(), { code: 'x', message: '' })),
    );
    expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(1);
    expect(claims[outcomes.indexOf('failed')]!.owner).toBe(owner);
  });
});

describe('renew', () => {
  it('keeps a lease: nobody reclaims what is under way', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    const upkeep = test.upkeep({ leaseMs: 150 });
    const begun = performance.now();
    let taken = 0;
    await until(async () => {
      await worker.renew([claim]);
      taken += (await upkeep.reclaim('reclaimer')).taken;
      return performance.now() - begun > 500;
    });
    expect(taken).toBe(0);
    expect(await worker.complete(claim, newReport())).toBe('sent');
  });

  it('renews entries of all partitions and resets their idle time only', async () => {
    const worker = await test.worker();
    for (let i = 0; i < 12; i += 1) await test.enqueued();
    const claims = await test.claim(worker);
    await until(async () => (await pending(claims[0]!)).every(([, , idleMs]) => idleMs > 60));
    await worker.renew(claims);
    const rows = (
      await Promise.all(test.keyspace.partitions.map((partition) => pending({ partition })))
    ).flat();
    expect(rows).toHaveLength(12);
    for (const [, owner, idleMs, deliveries] of rows) {
      expect(owner).toBe(worker.owner);
      expect(idleMs).toBeLessThan(60);
      expect(deliveries).toBe(1);
    }
  });

  it('does not take back what somebody took over, nor what is settled', async () => {
    const worker = await test.worker();
    const [lost, sent] = [await test.claimed(worker), await test.sent(worker)];
    await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
    await worker.renew([lost, sent]);
    expect(await worker.pending(test.keyspace.partitions)).toEqual([]);
    expect(await test.claim(await test.worker())).toHaveLength(1);
  });

  it('of nothing asks nothing', async () => {
    await expect((await test.worker()).renew([])).resolves.toBeUndefined();
  });
});
