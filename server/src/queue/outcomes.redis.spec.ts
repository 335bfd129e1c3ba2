import { newAttempt, newEvent, newReport } from '../../test/builders';
import { FAILURE, useQueue } from '../../test/queue';
import { until } from '../../test/until';
import { splitRecordId } from '../events/keys';
import { writeAttempt } from '../events/record';
import type { Claim } from './claims';

const test = useQueue();
const FAILED = newReport({ outcome: 'failed', ...FAILURE }, ['token:a']);

async function detail(claim: Claim) {
  const { source, eventId } = splitRecordId(claim.recordId);
  return (await test.events.find(source, eventId))!;
}

async function counters(claim: Claim): Promise<Record<string, string>> {
  return test.redis.hgetall(claim.partition.keys.counters);
}

describe('complete', () => {
  it('settles the event: sent, its entry acknowledged and deleted, its error forgotten', async () => {
    const worker = await test.worker();
    await test.retrying(worker, {}, 0);
    await until(async () => (await test.upkeep().promote()).moved === 1);
    const [claim] = await test.claim(worker);
    expect((await detail(claim!)).last_error).toEqual(FAILURE);

    expect(await worker.complete(claim!, newReport({}, ['token:a', 'token:b']))).toBe('sent');
    expect(await test.record(claim!)).toMatchObject({ status: 'sent', attempts: '2', error: '' });
    expect(await test.redis.xlen(claim!.partition.keys.stream)).toBe(0);
    expect(await worker.pending(test.keyspace.partitions)).toEqual([]);
    expect(await counters(claim!)).toMatchObject({ sent: '1', failed: '1' });
    const { history } = await detail(claim!);
    expect(history.map(({ kind }) => kind)).toEqual(['attempt', 'retry_scheduled', 'attempt', 'received']);
    expect(history[0]).toMatchObject({ outcome: 'delivered' });
  });

  it('keeps one line per target of an attempt', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    const lines = ['a', 'b', 'c'].map((target) => writeAttempt(newAttempt({ target })));
    await worker.complete(claim, { lines, settledTargets: [] });
    const { history, attempts } = await detail(claim);
    expect(history.map((entry) => 'target' in entry && entry.target)).toEqual(['c', 'b', 'a', false]);
    expect(attempts).toBe(1);
  });

  it('counts once, however often it is said', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    const answers = await Promise.all(Array.from({ length: 10 }, () => worker.complete(claim, newReport())));
    expect(answers.filter((answer) => answer === 'sent')).toHaveLength(1);
    expect(await counters(claim)).toMatchObject({ sent: '1' });
    expect(await test.record(claim)).toMatchObject({ attempts: '1' });
  });

  it.each([
    ['waits again', async () => {}],
    ['is in the hands of another worker', async () => void (await test.claim(await test.worker()))],
    [
      'waits for its retry',
      async () => {
        const other = await test.worker();
        const [claim] = await test.claim(other);
        await other.retry(claim!, FAILED, FAILURE, 60_000, true);
      },
    ],
    [
      'was dead-lettered',
      async () => {
        const other = await test.worker();
        const [claim] = await test.claim(other);
        await other.bury(claim!, FAILED, FAILURE);
      },
    ],
  ])('is believed from a worker that lost its lease, when the event %s', async (_, meanwhile) => {
    const slow = await test.worker();
    const claim = await test.claimed(slow);
    await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
    await meanwhile();
    expect(await slow.complete(claim, newReport())).toBe('sent');
    expect(await test.record(claim)).toMatchObject({ status: 'sent', error: '' });
  });

  it('is stale after a replay: the new round has its own outcome', async () => {
    const worker = await test.worker();
    const event = newEvent();
    const old = await test.failed(worker, event);
    await test.queue.replay(event.source, event.eventId);
    const before = await test.record(event);
    expect(await worker.complete(old, newReport())).toBe('stale');
    expect(await test.record(event)).toEqual(before);
  });

  it('is stale for an event that was purged', async () => {
    const worker = await test.worker();
    const claim = await test.sent(worker);
    await until(async () => (await test.upkeep({ retentionS: 0 }).purge()) === 1);
    expect(await worker.complete(claim, newReport())).toBe('stale');
    expect(await test.record(claim)).toEqual({});
  });

  it('of an event that was forgotten does not settle the one that has its id now', async () => {
    const worker = await test.worker();
    const old = await test.sent(worker, { eventId: 'again' });
    const upkeep = test.upkeep({ retentionS: 0, dedupeTtlS: 0 });
    await until(async () => (await upkeep.purge()) === 1);
    const claim = await test.claimed(worker, { eventId: 'again' });
    expect([claim.round, claim.generation]).toEqual([old.round, old.generation]);
    expect(await worker.complete(old, newReport())).toBe('stale');
    expect(await worker.retry(old, newReport(), FAILURE, 0, true)).toBe('stale');
    expect(await worker.bury(old, newReport(), FAILURE)).toBe('stale');
    expect(await worker.complete(claim, newReport())).toBe('sent');
  });
});

describe('retry', () => {
  it('keeps the event in Redis until its time, without a stream entry', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    expect(await worker.retry(claim, FAILED, FAILURE, 1234.5, true)).toBe('retrying');

    const record = await test.record(claim);
    expect(record).toMatchObject({
      status: 'retrying',
      attempts: '1',
      failures: '1',
      entry: '',
      owner: '',
      done: 'token:a',
      error: 'UNAVAILABLE\nThe service is overloaded.',
    });
    const due = Number(await test.redis.zscore(claim.partition.keys.due, claim.recordId));
    expect(due).toBe(Number(record.updated) + 1235);
    const { history, last_error } = await detail(claim);
    expect(last_error).toEqual(FAILURE);
    expect(history).toMatchObject([
      {
        kind: 'retry_scheduled',
        at: new Date(Number(record.updated)).toISOString(),
        due_at: new Date(due).toISOString(),
      },
      { kind: 'attempt', outcome: 'failed', code: 'UNAVAILABLE' },
      { kind: 'received' },
    ]);
    expect(await counters(claim)).toMatchObject({ failed: '1' });
  });

  it('that is nobody’s failure uses up no retry', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    await worker.retry(
      claim,
      newReport({ counted: false }),
      { code: 'QUOTA_EXCEEDED', message: '' },
      60_000,
      false,
    );
    expect(await test.record(claim)).toMatchObject({ attempts: '1', failures: '0' });
    expect(await counters(claim)).toMatchObject({ failed: '0' });
  });

  it('counts as a failed attempt when one of its targets is gone and the others wait', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    await worker.retry(claim, newReport({ counted: false }), FAILURE, 60_000, false, true);
    expect(await test.record(claim)).toMatchObject({ failures: '0' });
    expect(await counters(claim)).toMatchObject({ failed: '1' });
  });

  it('is no attempt when nothing was tried, because all that is left has to wait', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    await worker.retry(claim, { lines: [], settledTargets: ['?token:a'] }, FAILURE, 60_000, false);
    const { attempts, history } = await detail(claim);
    expect(attempts).toBe(0);
    expect(history.map(({ kind }) => kind)).toEqual(['retry_scheduled', 'received']);
  });

  it('remembers failures and settled targets for the next claim', async () => {
    const worker = await test.worker();
    const first = await test.claimed(worker);
    await worker.retry(first, newReport({ outcome: 'failed' }, ['token:a', 'topic:b']), FAILURE, 0, true);
    await until(async () => (await test.upkeep().promote()).moved === 1);
    expect(await test.claim(worker)).toMatchObject([
      {
        failures: 1,
        generation: 2,
        round: 0,
        settledTargets: ['token:a', 'topic:b'],
        freshMs: first.freshMs,
      },
    ]);
  });
});

describe('bury', () => {
  it('dead-letters the event with its error and its history', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    const failure = { code: 'UNREGISTERED', message: 'The app was removed: "x"\nlong ago' };
    expect(await worker.bury(claim, FAILED, failure)).toBe('failed');
    expect(await test.record(claim)).toMatchObject({ status: 'failed', attempts: '1' });
    const { history, last_error } = await detail(claim);
    expect(last_error).toEqual(failure);
    expect(history).toMatchObject([
      { kind: 'dead_lettered', code: 'UNREGISTERED' },
      { kind: 'attempt', outcome: 'failed' },
      { kind: 'received' },
    ]);
    expect(await counters(claim)).toMatchObject({ failed: '1' });
    expect(await test.redis.xlen(claim.partition.keys.stream)).toBe(0);
  });

  it('without a try counts no attempt', async () => {
    const worker = await test.worker();
    const claim = await test.claimed(worker);
    await worker.bury(claim, { lines: [], settledTargets: [] }, { code: 'expired', message: 'Too old.' });
    expect(await test.record(claim)).toMatchObject({ status: 'failed', attempts: '0' });
    expect(await counters(claim)).toMatchObject({ failed: '0' });
    expect((await detail(claim)).history.map(({ kind }) => kind)).toEqual(['dead_lettered', 'received']);
  });
});

describe('a failure', () => {
  const ways = {
    retry: (claim: Claim, worker: Awaited<ReturnType<typeof test.worker>>) =>
      worker.retry(claim, FAILED, FAILURE, 60_000, true),
    bury: (claim: Claim, worker: Awaited<ReturnType<typeof test.worker>>) =>
      worker.bury(claim, FAILED, FAILURE),
  };

  describe.each(['retry', 'bury'] as const)('told by %s', (way) => {
    it('is stale from a worker that lost its lease', async () => {
      const slow = await test.worker();
      const claim = await test.claimed(slow);
      await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
      const before = await test.record(claim);
      expect(await ways[way](claim, slow)).toBe('stale');
      expect(await test.record(claim)).toEqual(before);

      const [taken] = await test.claim(await test.worker());
      expect(await ways[way](claim, slow)).toBe('stale');
      expect(await test.record(taken!)).toMatchObject({ status: 'processing', owner: taken!.owner });
    });

    it('is stale from the same worker about an earlier claim', async () => {
      const worker = await test.worker();
      const old = await test.claimed(worker);
      await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
      const [claim] = await test.claim(worker);
      expect(await ways[way](old, worker)).toBe('stale');
      expect(await ways[way](claim!, worker)).not.toBe('stale');
    });

    it('is stale from the same worker about an earlier round', async () => {
      const [worker, other] = [await test.worker(), await test.worker()];
      const event = newEvent();
      const old = await test.claimed(worker, event);
      await until(async () => (await test.upkeep().reclaim('reclaimer')).taken === 1);
      for (const claim of await test.claim(other)) await other.complete(claim, newReport());
      await test.queue.replay(event.source, event.eventId);
      const [claim] = await test.claim(worker);
      // Owner and generation are what they were in the first round.
      expect(claim).toMatchObject({ owner: old.owner, generation: old.generation, round: 1 });
      expect(await ways[way](old, worker)).toBe('stale');
      expect(await ways[way](claim!, worker)).not.toBe('stale');
    });

    it('is stale once the event is settled, and once when it is told twice', async () => {
      const worker = await test.worker();
      const sent = await test.sent(worker);
      expect(await ways[way](sent, worker)).toBe('stale');
      expect(await test.record(sent)).toMatchObject({ status: 'sent' });

      const claim = await test.claimed(worker);
      const answers = await Promise.all([ways[way](claim, worker), ways[way](claim, worker)]);
      expect(answers[1]).toBe('stale');
      expect(await test.record(claim)).toMatchObject({ attempts: '1' });
    });
  });
});

describe('a settled event', () => {
  it.each([
    ['a short error', 'Busy.'],
    ['an error too long for the head of its record', 'ü'.repeat(3000)],
  ])('with %s is summed up as it is', async (_, message) => {
    const worker = await test.worker();
    const payload = JSON.stringify({ text: 'x'.repeat(100_000) });
    const claim = await test.claimed(worker, { payload, userId: 'ключ', orderId: 'o\n1' });
    await worker.bury(claim, FAILED, { code: 'x', message });
    const { items } = await test.events.list({ statuses: [] }, 10, null);
    const { payload: _payload, headers: _headers, history: _history, ...summary } = await detail(claim);
    expect(summary).toMatchObject({ user_id: 'ключ', order_id: 'o\n1', last_error: { code: 'x', message } });
    expect(items).toEqual([summary]);
    expect(await test.events.summary(claim.recordId)).toEqual(summary);
  });
});

describe('a long history', () => {
  it('forgets its oldest lines, and stays readable', async () => {
    const worker = await test.worker();
    await test.enqueued();
    const line = writeAttempt(newAttempt({ message: 'x'.repeat(9000) }));
    for (let round = 0; round < 10; round += 1) {
      const [claim] = await test.claim(worker);
      await worker.retry(claim!, { lines: [line], settledTargets: [] }, FAILURE, 0, false);
      await until(async () => (await test.upkeep().promote()).moved === 1);
    }
    const [claim] = await test.claim(worker);
    const record = await test.record(claim!);
    expect(record.history!.length).toBeLessThanOrEqual(65_536);
    expect(record.attempts).toBe('10');
    const { history } = await detail(claim!);
    expect(history.filter(({ kind }) => kind === 'attempt').length).toBeGreaterThan(5);
    expect(history.at(-1)!.kind).toBe('received');
  });

  it('never forgets the last replays: the same nonce does not replay again', async () => {
    const worker = await test.worker();
    const event = await test.enqueued();
    const [first] = await test.claim(worker);
    await worker.complete(first!, newReport());
    expect(await test.queue.replay(event.source, event.eventId, 'mine')).toBe('replayed');
    const [claim] = await test.claim(worker);
    const lines = Array.from({ length: 400 }, () => writeAttempt(newAttempt({ message: 'x'.repeat(200) })));
    await worker.complete(claim!, { lines, settledTargets: [] });
    expect((await test.record(event)).history!.length).toBeLessThanOrEqual(65_536);
    expect(await test.queue.replay(event.source, event.eventId, 'mine')).toBe('replayed');
    expect(await test.record(event)).toMatchObject({ status: 'sent', round: '1' });
  });
});
