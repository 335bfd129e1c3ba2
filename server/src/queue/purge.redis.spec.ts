import { randomBytes } from 'node:crypto';
import { newAttempt, newEvent } from '../../test/builders';
import { useQueue } from '../../test/queue';
import { keysLike } from '../../test/redis';
import { until } from '../../test/until';
import { recordId } from '../events/keys';
import { writeAttempt } from '../events/record';

const test = useQueue();

const seenKey = (eventId: string) => {
  const id = recordId('default', eventId);
  return test.keyspace.partitionOf(id).keys.seen_prefix + id;
};

describe('purge', () => {
  it('forgets sent events after their retention and dead-lettered ones after theirs', async () => {
    const worker = await test.worker();
    const [sent, failed] = [await test.sent(worker), await test.failed(worker)];
    await until(async () => (await test.upkeep({ retentionS: 0 }).purge()) === 1);
    expect(await test.record(sent)).toEqual({});
    expect(await test.record(failed)).toMatchObject({ status: 'failed' });
    await until(async () => (await test.upkeep({ deadRetentionS: 0 }).purge()) === 1);
    expect(await test.record(failed)).toEqual({});
  });

  it('forgets nothing that is not settled, nor what is still to be seen', async () => {
    const worker = await test.worker();
    await test.claimed(worker);
    await test.retrying(worker);
    await test.sent(worker);
    await test.enqueued();
    expect(await test.upkeep().purge()).toBe(0);
    expect(await test.upkeep({ deadRetentionS: 0 }).purge()).toBe(0);
  });

  it('keeps what a replay has made younger, and still looks behind more of it than one batch', async () => {
    const worker = await test.worker();
    await Promise.all(Array.from({ length: 1500 }, () => test.enqueued()));
    const claims = await test.claim(worker);
    await Promise.all(claims.map((claim) => worker.complete(claim, { lines: [], settledTargets: [] })));
    // As if all had come in an hour ago, and every third had been settled then, the others now, after a replay.
    const hourAgo = Date.now() - 3_600_000;
    const old = new Set(claims.filter((_, i) => i % 3 === 0).map(({ recordId }) => recordId));
    await Promise.all(
      claims.map((claim) => test.age(claim, hourAgo, old.has(claim.recordId) ? hourAgo : Date.now())),
    );
    expect(await test.upkeep({ retentionS: 60 }).purge()).toBe(500);
    for (const { recordId, partition } of claims)
      expect(await test.redis.zscore(partition.keys.sent, recordId)).toBe(
        old.has(recordId) ? null : String(hourAgo),
      );
  }, 30_000);

  it('leaves a receipt for as long as the id must be remembered', async () => {
    const event = newEvent();
    await test.sent(await test.worker(), event);
    await until(async () => (await test.upkeep({ retentionS: 0, dedupeTtlS: 600 }).purge()) === 1);

    const leftMs = await test.redis.pttl(seenKey(event.eventId));
    expect(leftMs).toBeGreaterThan(590_000);
    expect(leftMs).toBeLessThanOrEqual(600_000);
    expect(await test.queue.enqueue(event)).toBe('duplicate');
    expect(await test.queue.enqueue({ ...event, payload: '{}' })).toBe('conflict');
    expect(await test.queue.replay(event.source, event.eventId)).toBe('missing');
  });

  it('leaves the receipt of an event with a long history and a large body as well', async () => {
    const worker = await test.worker();
    const event = newEvent({ payload: JSON.stringify({ noise: randomBytes(60_000).toString('base64') }) });
    const claim = await test.claimed(worker, event);
    const lines = Array.from({ length: 100 }, () => writeAttempt(newAttempt({ message: 'x'.repeat(100) })));
    await worker.complete(claim, { lines, settledTargets: [] });
    await until(async () => (await test.upkeep({ retentionS: 0, dedupeTtlS: 600 }).purge()) === 1);
    expect(await test.queue.enqueue(event)).toBe('duplicate');
    expect(await test.queue.enqueue({ ...event, payload: '{}' })).toBe('conflict');
  });

  it('takes the id as new once the receipt has expired', async () => {
    const event = newEvent();
    await test.sent(await test.worker(), event);
    await until(async () => (await test.upkeep({ retentionS: 0, dedupeTtlS: 1 }).purge()) === 1);
    await until(async () => (await test.redis.exists(seenKey(event.eventId))) === 0);
    expect(await test.queue.enqueue(event)).toBe('accepted');
  });

  it('leaves no receipt when the id need not be remembered any longer', async () => {
    await test.sent(await test.worker());
    await until(async () => (await test.upkeep({ retentionS: 0, dedupeTtlS: 0 }).purge()) === 1);
    expect(await keysLike(test.redis, `*${test.prefix}:*:seen:*`)).toEqual([]);
  });

  it('forgets more than one batch', async () => {
    const worker = await test.worker();
    await Promise.all(Array.from({ length: 900 }, () => test.enqueued()));
    const claims = await test.claim(worker);
    await Promise.all(claims.map((claim) => worker.complete(claim, { lines: [], settledTargets: [] })));
    let forgotten = 0;
    await until(async () => (forgotten += await test.upkeep({ retentionS: 0 }).purge()) === 900);
    expect(await test.upkeep({ retentionS: 0 }).purge()).toBe(0);
  });
});
