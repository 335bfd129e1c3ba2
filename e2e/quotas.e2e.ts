/** FCM's quotas: what Herald keeps, FCM need not refuse; and what FCM refuses all the same slows all workers down. */
import { expect, test } from '@playwright/test';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

/** `QUOTA_BURST=20000` for the long form, some five minutes. */
const BURST = Number(process.env.QUOTA_BURST || 900);
const IS_LONG = BURST > 6000;
const USERS = IS_LONG ? 1000 : 100;
/** What FCM allows, and what is left of a minute's worth when the burst begins: in the short form, little. */
const PER_MINUTE = 6000;
const LEFT = IS_LONG ? PER_MINUTE : 600;

let stack: Stack;
let sender: Sender;
let operator: Operator;

async function start(env: Record<string, string>): Promise<void> {
  stack = await startStack({ workers: 2, env: { RATE_LIMIT: '0', LOG_LEVEL: 'warn', ...env } });
  sender = new Sender(stack);
  operator = new Operator(stack);
  await inParallel(USERS, 20, (user) => operator.register(`user-${user}`, `phone-${user}`));
}

test.afterEach(() => stack.stop());

async function burst(events: number, name = 'evt'): Promise<void> {
  await inParallel(events, 32, async (number) => {
    const answer = await sender.order({ event_id: `${name}-${number}`, user_id: `user-${number % USERS}` });
    expect(answer.status).toBe(202);
  });
}

const areSent = (events: number, timeoutMs: number) =>
  until(async () => (await operator.totals()).sent === events, { timeoutMs, everyMs: 100 });
const codes = async () => (await stack.simulator.messages()).map(({ answer }) => answer);
const refused = async () => (await codes()).filter((answer) => answer !== 'OK').length;

/** How many messages each worker sent. */
const shares = () =>
  Promise.all(
    stack.workers.map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^herald_attempts_total\{outcome="delivered".*\} (\d+)$/m.exec(text)?.[1] ?? 0);
    }),
  );

test(`a burst of ${BURST} that FCM would not take at once: two workers share its quota, and it refuses none`, async () => {
  test.setTimeout(IS_LONG ? 540_000 : 60_000);
  await start({
    FCM_QUOTA_PER_MIN: String(PER_MINUTE),
    FCM_QUOTA_RAMP_S: IS_LONG ? '60' : '1',
    // Few, so that neither takes everything into its hands at once.
    WORKER_CONCURRENCY: '50',
  });
  await stack.simulator.set({ quotas: { messages_per_minute: PER_MINUTE, messages_burst: LEFT } });
  // However slowly they are taken in here, all are there at once.
  for (const worker of stack.workers) worker.process.signal('SIGSTOP');
  await burst(BURST);
  const began = Date.now();
  for (const worker of stack.workers) worker.process.signal('SIGCONT');
  const throttled = await until(async () => (await operator.queue()).throttled, { timeoutMs: 30_000 });
  expect(throttled.until).toBeUndefined();
  expect(throttled.per_minute).toBeGreaterThan(0);
  const { body } = await operator.health();
  expect(body).toMatchObject({ ok: true, details: { delivery: { status: 'up', throttled: {} } } });
  await areSent(BURST, IS_LONG ? 500_000 : 40_000);
  const seconds = (Date.now() - began) / 1000;

  expect(await refused()).toBe(0);
  expect(await operator.totals()).toMatchObject({ sent: BURST, dlq: 0, failed: 0, queue_size: 0 });
  const delivered = await shares();
  const [least, most] = delivered.toSorted((a, b) => a - b) as [number, number];
  expect(least + most).toBe(BURST);
  expect(least / BURST).toBeGreaterThan(0.3);
  console.log(`${BURST} in ${seconds.toFixed(0)} s, none refused; by the workers: ${delivered.join(', ')}`);
  await until(async () => (await operator.queue()).throttled === undefined, { timeoutMs: 10_000 });
});

test('a quota that Herald does not know: a 429 stops both workers until its time, and nothing is lost', async () => {
  const inFlight = 20;
  await start({ WORKER_CONCURRENCY: String(inFlight) });
  await stack.simulator.set({
    latency: '20',
    quotas: { messages_per_minute: 60_000, messages_burst: 150, retry_after_s: 3 },
  });
  await burst(1, 'first');
  await areSent(1, 10_000);
  await stack.simulator.set({ quotas: { messages_per_minute: 60, messages_burst: 150, retry_after_s: 3 } });
  const sending = burst(400);
  const paused = await until(async () => (await operator.queue()).throttled?.until, { timeoutMs: 20_000 });
  await stack.simulator.set({ quotas: null });
  await sending;
  // Those that were on their way, of both workers, and those that were granted before the other one knew.
  const atPause = await refused();
  expect(atPause).toBeGreaterThan(0);
  expect(atPause).toBeLessThanOrEqual(4 * inFlight);
  expect(await operator.totals()).toMatchObject({ dlq: 0 });
  const soFar = (await operator.totals()).sent;
  expect(soFar).toBeLessThan(401);
  await areSent(401, 30_000);
  expect(Date.now()).toBeGreaterThan(Date.parse(paused) - 100);
  expect(await operator.totals()).toMatchObject({ sent: 401, dlq: 0, queue_size: 0 });
  // Each was sent once, but for those that FCM had refused.
  expect(await codes()).toHaveLength(401 + (await refused()));
});
