import { newEvent, newReport } from '../../test/builders';
import { useQueue } from '../../test/queue';
import { until } from '../../test/until';
import { CONSUMER_GROUP, recordId, splitRecordId } from '../events/keys';
import type { Claim } from './claims';

const test = useQueue();

async function history(claim: Claim) {
  const { source, eventId } = splitRecordId(claim.recordId);
  return (await test.events.find(source, eventId))!.history;
}

describe('promote', () => {
  it('queues what is due and nothing before its time', async () => {
    const worker = await test.worker();
    const soon = await test.retrying(worker, {}, 150);
    const later = await test.retrying(worker, {}, 60_000);
    const due = Number(await test.redis.zscore(soon.partition.keys.due, soon.recordId));

    await until(async () => (await test.upkeep().promote()).moved === 1);
    const record = await test.record(soon);
    expect(record.status).toBe('queued');
    expect(Number(record.updated)).toBeGreaterThanOrEqual(due);
    expect(Number(record.updated)).toBeLessThan(due + 1000);
    expect(await test.record(later)).toMatchObject({ status: 'retrying' });
  });

  it('says how long the next one has to wait', async () => {
    expect(await test.upkeep().promote()).toEqual({ moved: 0, nextInMs: null });
    const worker = await test.worker();
    for (const delayMs of [90_000, 30_000, 60_000]) await test.retrying(worker, {}, delayMs);
    const { moved, nextInMs } = await test.upkeep().promote();
    expect(moved).toBe(0);
    expect(nextInMs).toBeGreaterThan(25_000);
    expect(nextInMs).toBeLessThanOrEqual(30_000);
  });

  it('by many workers at once queues each event once', async () => {
    const worker = await test.worker();
    for (let i = 0; i < 30; i += 1) await test.enqueued();
    const claims = await test.claim(worker);
    await Promise.all(
      claims.map((claim) => worker.retry(claim, newReport(), { code: 'x', message: '' }, 0, true)),
    );
    let moved = 0;
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => test.upkeep().promote()));
      moved += answers.reduce((sum, answer) => sum + answer.moved, 0);
      return moved >= 30;
    });
    expect(moved).toBe(30);
    expect(await test.claim(worker)).toHaveLength(30);
  });

  it('moves more than one batch', async () => {
    const worker = await test.worker();
    await Promise.all(Array.from({ length: 900 }, () => test.enqueued()));
    const claims = await test.claim(worker);
    await Promise.all(
      claims.map((claim) => worker.retry(claim, newReport(), { code: 'x', message: '' }, 0, true)),
    );
    let moved = 0;
    await until(async () => (moved += (await test.upkeep().promote()).moved) === 900);
  });

  it('passes over what lies in the place of an event and is none', async () => {
    const worker = await test.worker();
    const [broken] = [await test.retrying(worker, {}, 0), await test.retrying(worker, {}, 0)];
    const { keys } = broken.partition;
    const key = keys.event_prefix + broken.recordId;
    const record = await test.redis.dumpBuffer(key);
    await test.redis.set(key, '\u00c1 no record');
    let moved = 0;
    await until(async () => (moved += (await test.upkeep().promote()).moved) === 2);
    expect(await test.claim(worker)).toHaveLength(1);
    await test.redis.restore(key, 0, record, 'REPLACE');
    expect(await test.upkeep().mend()).toBe(1);
  });

  it('forgets a due time whose event has moved on', async () => {
    const claim = await test.sent(await test.worker());
    await test.redis.zadd(claim.partition.keys.due, 1, claim.recordId);
    await test.upkeep().promote();
    expect(await test.record(claim)).toMatchObject({ status: 'sent' });
    expect(await test.redis.zcard(claim.partition.keys.due)).toBe(0);
  });
});

describe('reclaim', () => {
  it('leaves alone what is within its lease', async () => {
    const claim = await test.claimed(await test.worker());
    expect(await test.upkeep({ leaseMs: 60_000 }).reclaim('reclaimer')).toEqual({
      taken: 0,
      poison: 0,
      lost: 0,
    });
    expect(await test.record(claim)).toMatchObject({ status: 'processing' });
  });

  it('queues what a dead worker had begun, and records an attempt of unknown outcome', async () => {
    const claim = await test.claimed(await test.worker());
    const begun = await test.record(claim);
    await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);

    const record = await test.record(claim);
    expect(record).toMatchObject({ status: 'queued', attempts: '1', deaths: '1', failures: '0', owner: '' });
    expect(record.entry).not.toBe(claim.entryId);
    expect((await history(claim))[0]).toEqual({
      kind: 'attempt',
      started_at: new Date(Number(begun.updated)).toISOString(),
      duration_ms: Number(record.updated) - Number(begun.updated),
      outcome: 'unknown',
      code: 'worker_lost',
      message: 'The worker went away during this attempt.',
      target: '',
      counted: false,
    });
    expect(await test.claim(await test.worker())).toMatchObject([
      { recordId: claim.recordId, generation: 2 },
    ]);
  });

  it('queues what was read but never begun, and blames nobody', async () => {
    const event = await test.enqueued();
    await test.read(await test.worker());
    await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
    expect(await test.record(event)).toMatchObject({ status: 'queued', attempts: '0', deaths: '0' });
    expect(await test.claim(await test.worker())).toHaveLength(1);
  });

  it('dead-letters an event as poison when too many workers died of it', async () => {
    let claim = await test.claimed(await test.worker());
    const poison: number[] = [];
    for (let death = 1; death <= 3; death += 1) {
      await until(async () => {
        const answer = await test.upkeep({ maxDeliveries: 3 }).reclaim('reclaimer');
        return answer.taken === 1 && poison.push(answer.poison);
      });
      if (death < 3) claim = (await test.claim(await test.worker()))[0]!;
    }
    expect(poison).toEqual([0, 0, 1]);
    expect(await test.record(claim)).toMatchObject({
      status: 'failed',
      attempts: '3',
      error: 'poison\n3 workers went away while they had this event.',
    });
    expect((await history(claim)).map((entry) => ('code' in entry ? entry.code : entry.kind))).toEqual([
      'poison',
      'worker_lost',
      'worker_lost',
      'worker_lost',
      'received',
    ]);
    expect(await test.redis.xlen(claim.partition.keys.stream)).toBe(0);
  });

  it('gives a replayed poison message its full number of deliveries again', async () => {
    const event = newEvent();
    const upkeep = test.upkeep({ maxDeliveries: 1 });
    await test.claimed(await test.worker(), event);
    await until(async () => (await upkeep.reclaim('reclaimer')).poison === 1);
    await test.queue.replay(event.source, event.eventId);
    await test.claim(await test.worker());
    await until(async () => (await test.upkeep({ maxDeliveries: 2 }).reclaim('reclaimer')).taken === 1);
    expect(await test.record(event)).toMatchObject({ status: 'queued', deaths: '1' });
  });

  it('by many workers at once takes each entry once', async () => {
    const worker = await test.worker();
    await Promise.all(Array.from({ length: 700 }, () => test.enqueued()));
    const claims = await test.claim(worker);
    let taken = 0;
    await until(async () => {
      const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => test.upkeep().reclaim(name)));
      taken += answers.reduce((sum, answer) => sum + answer.taken, 0);
      return taken >= 700;
    });
    expect(taken).toBe(700);
    for (const claim of claims)
      expect(await test.record(claim)).toMatchObject({ status: 'queued', deaths: '1' });
    expect(await test.claim(worker)).toHaveLength(700);
  });

  it('drops an entry whose event has moved on without it', async () => {
    const worker = await test.worker();
    const claim = await test.sent(worker);
    await test.redis.xadd(claim.partition.keys.stream, '*', 'id', claim.recordId);
    await test.read(worker);
    await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
    expect(await test.record(claim)).toMatchObject({ status: 'sent' });
    expect(await test.redis.xlen(claim.partition.keys.stream)).toBe(0);
  });

  it('takes nothing from a live worker when another entry of the same event is left over', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    await test.redis.xadd(claim.partition.keys.stream, '*', 'id', claim.recordId);
    await test.read(await test.worker());
    await until(async () => {
      await worker.renew([claim]);
      return (await test.upkeep({ leaseMs: 200 }).reclaim('reclaimer')).taken === 1;
    });
    expect(await test.record(claim)).toMatchObject({
      status: 'processing',
      owner: worker.owner,
      deaths: '0',
    });
    expect(await worker.complete(claim, newReport())).toBe('sent');
  });

  it('reports pending entries whose text was deleted by somebody else', async () => {
    const claim = await test.claimed(await test.worker());
    await test.redis.xdel(claim.partition.keys.stream, claim.entryId);
    const found = await until(async () => {
      const answer = await test.upkeep().reclaim('reclaimer');
      return answer.lost > 0 && answer;
    });
    expect(found).toEqual({ taken: 0, poison: 0, lost: 1 });
    // The event itself is not lost.
    expect(await test.upkeep().mend()).toBe(1);
    expect(await test.claim(await test.worker())).toMatchObject([{ recordId: claim.recordId }]);
  });
});

describe('mend', () => {
  it('finds nothing to do in a healthy queue', async () => {
    const worker = await test.worker();
    await test.claimed(worker);
    await test.retrying(worker);
    await test.sent(worker);
    await test.failed(worker);
    await test.enqueued();
    expect(await test.upkeep().mend()).toBe(0);
  });

  it('queues again what was queued or under way when a stream was destroyed, groups included', async () => {
    const worker = await test.worker();
    for (let i = 0; i < 10; i += 1) await test.claimed(worker);
    for (let i = 0; i < 10; i += 1) await test.enqueued();
    await Promise.all(test.keyspace.partitions.map(({ keys }) => test.redis.del(keys.stream)));
    await expect(worker.pending(test.keyspace.partitions)).rejects.toThrow(/NOGROUP/);

    await worker.createGroups();
    expect(await test.upkeep().mend()).toBe(20);
    expect(await test.upkeep().mend()).toBe(0);
    expect(await test.claim(worker)).toHaveLength(20);
  });

  it('delivers again, to one worker at a time, what was under way when only the group was destroyed', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    await test.redis.xgroup('DESTROY', claim.partition.keys.stream, CONSUMER_GROUP);
    const other = await test.worker();
    const [taken] = await test.claim(other);
    expect(taken).toMatchObject({ recordId: claim.recordId, generation: 2 });
    expect(await worker.bury(claim, newReport(), { code: 'x', message: '' })).toBe('stale');
    expect(await other.complete(taken!, newReport())).toBe('sent');
  });

  it('queues again what was handed out and is in nobody’s hands any more', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    const read = await test.enqueued();
    await test.read(worker);
    for (const { keys } of test.keyspace.partitions)
      await test.redis.xgroup('DELCONSUMER', keys.stream, CONSUMER_GROUP, worker.owner);
    expect(await test.upkeep().mend()).toBe(2);
    expect(await test.upkeep().mend()).toBe(0);
    const again = await test.claim(await test.worker());
    expect(again.map(({ recordId }) => recordId).sort()).toEqual(
      [claim.recordId, recordId(read.source, read.eventId)].sort(),
    );
  });

  it('queues a retrying event that has lost its due time', async () => {
    const claim = await test.retrying(await test.worker());
    await test.redis.del(claim.partition.keys.due);
    expect(await test.upkeep().mend()).toBe(1);
    expect(await test.record(claim)).toMatchObject({ status: 'queued', failures: '1' });
  });

  it('mends more than one batch', async () => {
    const worker = await test.worker();
    await Promise.all(Array.from({ length: 1500 }, () => test.enqueued()));
    const claims = await test.claim(worker);
    await Promise.all(
      claims
        .slice(0, 700)
        .map((claim) => worker.retry(claim, newReport(), { code: 'x', message: '' }, 60_000, true)),
    );
    for (const { keys } of test.keyspace.partitions) await test.redis.del(keys.stream, keys.due);
    expect(await test.upkeep().mend()).toBe(1500);
    expect(await test.upkeep().mend()).toBe(0);
  });
});

describe('retire', () => {
  it('removes a consumer that owns nothing, and its name is gone', async () => {
    const worker = await test.worker('gone');
    await test.sent(worker);
    expect(await test.upkeep().consumers()).toEqual(new Set(['gone']));
    await until(async () => {
      await test.upkeep().retire('gone', 20);
      return (await test.upkeep().consumers()).size === 0;
    });
  });

  it('keeps a consumer whose entries are pending: they would be thrown away with it', async () => {
    const claim = await test.claimed(await test.worker('busy'));
    await test.upkeep().retire('busy', 0);
    expect(await test.upkeep().consumers()).toEqual(new Set(['busy']));
    await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
    expect(await test.record(claim)).toMatchObject({ status: 'queued' });
  });

  it('keeps a consumer that was active lately', async () => {
    await test.sent(await test.worker('lively'));
    await test.upkeep().retire('lively', 60_000);
    expect(await test.upkeep().consumers()).toEqual(new Set(['lively']));
  });

  it('of a consumer that nobody knows does nothing', async () => {
    await test.worker();
    await expect(test.upkeep().retire('nobody', 0)).resolves.toBeUndefined();
  });

  it('knows of no consumers where nobody has ever read, or the group was destroyed', async () => {
    expect(await test.upkeep().consumers()).toEqual(new Set());
    await expect(test.upkeep().retire('nobody', 0)).resolves.toBeUndefined();
    await test.worker('gone');
    for (const { keys } of test.keyspace.partitions)
      await test.redis.xgroup('DESTROY', keys.stream, CONSUMER_GROUP);
    expect(await test.upkeep().consumers()).toEqual(new Set());
    await expect(test.upkeep().retire('gone', 0)).resolves.toBeUndefined();
  });
});
