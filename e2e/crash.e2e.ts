/** What a crash, a freeze or a stop costs: time, never an event. Redis in trouble has a file of its own. */
import { expect, test } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { until } from './stack/processes.ts';
import type { RunningServer } from './stack/server.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

let stack: Stack;
let sender: Sender;
let operator: Operator;

const LEASE_MS = 2000;

async function start(env: Record<string, string> = {}, workers = 1): Promise<void> {
  stack = await startStack({ workers, env: { RATE_LIMIT: '0', LEASE_MS: String(LEASE_MS), ...env } });
  sender = new Sender(stack);
  operator = new Operator(stack);
}

test.afterEach(() => stack?.stop());

const unsettled = async () => (await operator.totals()).queue_size;

test('kill -9 of the worker under 1,000 events loses none, and repeats at most those in flight', async () => {
  await start();
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
  await start();
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

test('SIGTERM lets the worker finish what is under way, and nothing is sent twice', async () => {
  await start();
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

test('SIGTERM hands back at once what cannot be finished in time, and the worker says that it is not ready', async () => {
  // Nothing here heals because a lease has run out: it would take longer than the test.
  await start({ LEASE_MS: '600000', SHUTDOWN_TIMEOUT_MS: '1500' }, 2);
  const [stopped, other] = stack.workers as [RunningServer, RunningServer];
  await other.stop();
  await stack.simulator.steer('', 'hang');
  await inParallel(20, 20, async (index) => void (await sender.order({ event_id: `evt-${index}` })));
  await until(async () => (await operator.queue()).processing === 20);
  await other.start();
  await stack.simulator.steer('', 'ok');

  const begun = performance.now();
  const stopping = stopped.stop();
  await until(async () => (await fetch(`${stopped.url}/api/health/ready`)).status === 503, { everyMs: 10 });
  expect((await fetch(`${stopped.url}/api/health/live`)).status).toBe(200);
  await stopping;
  expect(stopped.process.exit).toEqual({ code: 0, signal: null });
  await until(async () => (await operator.totals()).sent === 20, { timeoutMs: 5000 });
  expect(performance.now() - begun).toBeLessThan(1500 + 5000);
  expect(await operator.attempts('evt-0')).toMatchObject([
    { outcome: 'unknown', code: 'worker_stopped', counted: false },
    { outcome: 'delivered' },
  ]);
  expect((await operator.queue()).workers).toHaveLength(1);
});

test('a worker frozen past its lease overwrites nothing of what happened since', async () => {
  await start({ FCM_TIMEOUT_MS: '8000', RETRY_DELAYS_MS: '100' }, 2);
  await stack.simulator.steer('', 'hang');
  await sender.order({ event_id: 'evt-frozen' });
  const busyPid = await until(async () => {
    const { workers } = await operator.queue();
    return workers.find(({ in_flight }) => in_flight > 0)?.pid;
  });
  const frozen = stack.workers.find(({ process }) => process.pid === busyPid)!;
  frozen.process.signal('SIGSTOP');
  const frozenAt = performance.now();
  try {
    await stack.simulator.steer('', 'ok');
    await until(async () => (await operator.event('evt-frozen'))?.status === 'sent');
    expect(performance.now() - frozenAt).toBeLessThan(LEASE_MS + 5000);
  } finally {
    frozen.process.signal('SIGCONT');
  }
  const before = await operator.event('evt-frozen');
  // Its attempt runs into its deadline now, and would be tried again if it still had a say.
  const attempted = (line: string) => line.includes('"attempt"') && line.includes('evt-frozen');
  await until(() => frozen.process.lines.some(attempted), { timeoutMs: 20_000 });
  await sender.order({ event_id: 'evt-after' });
  await until(async () => (await operator.event('evt-after'))?.status === 'sent');
  expect(await operator.event('evt-frozen')).toEqual(before);
  expect(before).toMatchObject({ status: 'sent', attempts: 2 });
  expect(await operator.totals()).toMatchObject({ sent: 2, failed: 0, dlq: 0, queue_size: 0 });
});

test('retries that are due later all come after everything was killed and started again', async () => {
  const retries = 20;
  await start({ RETRY_DELAYS_MS: '3000' });
  await inParallel(retries, 10, async (index) => {
    await operator.register(`user-${index}`, `unavailable-1x-${index}`);
    await sender.order({ event_id: `evt-${index}`, user_id: `user-${index}` });
  });
  await until(async () => (await operator.queue()).retrying === retries);
  await Promise.all([stack.api, stack.workers[0]!, stack.redis].map((part) => part.kill()));
  await stack.redis.start();
  await Promise.all([stack.api, stack.workers[0]!].map((server) => server.start()));
  await until(async () => (await operator.totals()).sent === retries);
  for (let index = 0; index < retries; index++) {
    const [first, second] = await operator.attempts(`evt-${index}`);
    expect(second).toMatchObject({ outcome: 'delivered' });
    const gapMs = Date.parse(second!.started_at) - Date.parse(first!.started_at) - first!.duration_ms;
    // No sooner than it was scheduled. How late at most on an idle machine is measured where nothing was killed.
    expect(gapMs).toBeGreaterThanOrEqual(3000);
  }
});
