import { newReport } from '../../test/builders';
import { FAILURE, useQueue } from '../../test/queue';
import { splitRecordId } from '../events/keys';

const test = useQueue();

describe('handing back', () => {
  it('returns what was not begun, unchanged but for its entry, and any worker gets it at once', async () => {
    const worker = await test.worker();
    const event = await test.enqueued();
    const [entry] = await test.read(worker);
    const before = await test.record(event);
    expect(await worker.handBack({ begun: false })).toBe(1);
    const after = await test.record(event);
    expect(after).toEqual({ ...before, entry: after.entry });
    expect(after.entry).not.toBe(entry!.entryId);
    expect(await worker.begin(entry!)).toBeNull();
    expect(await test.claim(await test.worker())).toMatchObject([
      { recordId: entry!.recordId, generation: 1 },
    ]);
  });

  it('leaves what was begun to its worker, unless that is asked for', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    const before = await test.record(claim);
    expect(await worker.handBack({ begun: false })).toBe(0);
    expect(await test.record(claim)).toEqual(before);

    expect(await worker.handBack({ begun: true })).toBe(1);
    const record = await test.record(claim);
    expect(record).toMatchObject({ status: 'queued', attempts: '1', deaths: '0', failures: '0', owner: '' });
    const { source, eventId } = splitRecordId(claim.recordId);
    expect((await test.events.find(source, eventId))!.history[0]).toEqual({
      kind: 'attempt',
      started_at: new Date(Number(before.updated)).toISOString(),
      duration_ms: Number(record.updated) - Number(before.updated),
      outcome: 'unknown',
      code: 'worker_stopped',
      message: 'The worker was stopped during this attempt.',
      target: '',
      counted: false,
    });
    expect(await test.claim(await test.worker())).toMatchObject([
      { recordId: claim.recordId, generation: 2 },
    ]);
  });

  it('makes a failure of the stopped worker count no more, but believes that it was sent', async () => {
    const worker = await test.worker();
    const failed = await test.claimed(worker);
    const sent = await test.claimed(worker);
    await worker.handBack({ begun: true });
    expect(await worker.bury(failed, newReport(), FAILURE)).toBe('stale');
    expect(await worker.retry(failed, newReport(), FAILURE, 0, true)).toBe('stale');
    expect(await worker.complete(sent, newReport())).toBe('sent');
    expect(await test.claim(await test.worker())).toMatchObject([{ recordId: failed.recordId }]);
  });

  it('takes nothing from others, nor a second time from oneself', async () => {
    const [worker, other] = [await test.worker(), await test.worker()];
    await test.claimed(worker);
    const kept = await test.claimed(other);
    await test.retrying(worker);
    await test.sent(worker);
    expect(await worker.handBack({ begun: true })).toBe(1);
    expect(await worker.handBack({ begun: true })).toBe(0);
    expect(await test.record(kept)).toMatchObject({ status: 'processing', owner: other.owner });
  });

  it('drops entries whose event has moved on or whose text is gone, so that nothing holds up the retirement', async () => {
    const worker = await test.worker();
    const { partition, recordId } = await test.sent(worker);
    await test.redis.xadd(partition.keys.stream, '*', 'id', recordId);
    const deleted = (await test.redis.xadd(partition.keys.stream, '*', 'id', recordId))!;
    await test.read(worker);
    await test.redis.xdel(partition.keys.stream, deleted);
    expect(await worker.handBack({ begun: false })).toBe(0);
    await test.upkeep().retire(worker.owner, 0);
    expect(await test.upkeep().consumers()).toEqual(new Set());
  });

  it('goes through more than one batch, past what stays', async () => {
    const worker = await test.worker();
    const add = (count: number) => Promise.all(Array.from({ length: count }, () => test.enqueued()));
    await add(900);
    expect(await test.claim(worker)).toHaveLength(900);
    await add(900);
    expect(await test.read(worker)).toHaveLength(900);
    expect(await worker.handBack({ begun: false })).toBe(900);
    expect(await worker.handBack({ begun: true })).toBe(900);
    expect(await test.claim(await test.worker())).toHaveLength(1800);
  });
});
