/** What a crash of the worker and an outage of Redis cost: time, never an event. */
import { expect, test } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { until } from './stack/processes.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

let stack: Stack;
let sender: Sender;
let operator: Operator;

const LEASE_MS = 2000;

test.beforeEach(async () => {
  stack = await startStack({ env: { RATE_LIMIT: '0', LEASE_MS: String(LEASE_MS) } });
  sender = new Sender(stack);
  operator = new Operator(stack);
});

test.afterEach(() => stack.stop());

const unsettled = async () => (await operator.totals()).queue_size;

test('kill -9 of the worker under 1,000 events loses none, and repeats at most those in flight', async () => {
  const events = 1000;
  // Slow enough that many are under way at any time.
  await stack.simulator.steer('', 'slow-200');
  const ids = Array.from({ length: events }, (_, index) => `evt-${index}`);
  await inParallel(events, 50, async (index) => {
    const answer = await sender.order({ event_id: ids[index]!, user_id: `user-${index}` });
    expect(answer.status).toBe(202);
    if (index === events / 2) await stack.workers[0]!.kill();
  });
  const { processing } = await operator.queue();
  expect(processing).toBeGreaterThan(0);
  await stack.workers[0]!.start();
  await until(async () => (await unsettled()) === 0, { timeoutMs: 30_000 });

  const { sent, dlq } = await operator.totals();
  expect({ sent, dlq }).toEqual({ sent: events, dlq: 0 });
  const counts = new Map(
    (await stack.simulator.events()).map(({ event_id, received }) => [event_id, received]),
  );
  expect(ids.filter((id) => !counts.has(id))).toEqual([]);
  const repeats = [...counts.values()].reduce((sum, received) => sum + received - 1, 0);
  expect(repeats).toBeLessThanOrEqual(processing);
});

test('while Redis is away webhooks get a 503 within 2 s and health says so; when it is back everything goes on', async () => {
  const { pid: apiPid } = stack.api.process;
  const { pid: workerPid } = stack.workers[0]!.process;
  await sender.order({ event_id: 'evt-before' });
  await stack.redis.stop();

  const refused = await sender.order({ event_id: 'evt-during' });
  expect(refused).toMatchObject({ status: 503, body: { code: 'queue_unavailable' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.durationMs).toBeLessThan(2000);
  expect(await operator.health()).toMatchObject({ status: 503, body: { ok: false, redis: 'down' } });

  await stack.redis.start();
  await until(async () => (await operator.health()).status === 200);
  expect((await sender.order({ event_id: 'evt-during' })).status).toBe(202);
  await until(async () => (await unsettled()) === 0);
  expect((await operator.totals()).sent).toBe(2);
  expect(stack.api.process.pid).toBe(apiPid);
  expect(stack.workers[0]!.process.pid).toBe(workerPid);
});

test('a Redis that hangs gets webhooks a 503 within 2 s as well', async () => {
  stack.redis.pause();
  const refused = await sender.order({ event_id: 'evt-hang' });
  expect(refused).toMatchObject({ status: 503, body: { code: 'queue_unavailable' } });
  expect(refused.durationMs).toBeLessThan(2000);
  expect(await operator.health()).toMatchObject({ status: 503 });
  stack.redis.resume();
  await until(async () => (await sender.order({ event_id: 'evt-hang' })).status < 300);
  await until(async () => (await operator.event('evt-hang'))?.status === 'sent');
});

test('SIGTERM lets the worker finish what is under way, and nothing is sent twice', async () => {
  await stack.simulator.steer('', 'slow-500');
  await inParallel(100, 20, async (index) => void (await sender.order({ event_id: `evt-${index}` })));
  await until(async () => (await operator.queue()).processing > 0);
  await stack.workers[0]!.stop();
  expect(stack.workers[0]!.process.exit).toEqual({ code: 0, signal: null });
  const { processing, workers } = await operator.queue();
  expect({ processing, workers }).toEqual({ processing: 0, workers: [] });
  await stack.workers[0]!.start();
  await until(async () => (await unsettled()) === 0);
  const counts = await stack.simulator.events();
  expect(counts).toHaveLength(100);
  expect(counts.filter(({ received }) => received !== 1)).toEqual([]);
});
