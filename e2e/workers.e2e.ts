/** Several workers: any number, started and stopped at any time, share the events without being told how. */
import { expect, test } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { until } from './stack/processes.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

const LEASE_MS = 3000;
const CONCURRENCY = 20;
const EVENTS = 300;
/** A lease and 5 s, and as much again for a busy machine. */
const TAKEN_OVER_MS = 2 * (LEASE_MS + 5000);

let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeEach(async () => {
  const env = { RATE_LIMIT: '0', LEASE_MS: String(LEASE_MS), WORKER_CONCURRENCY: String(CONCURRENCY) };
  stack = await startStack({ workers: 3, env });
  sender = new Sender(stack);
  operator = new Operator(stack);
});

test.afterEach(() => stack.stop());

test('one that is frozen holds up nobody, and its events are taken over after the lease', async () => {
  test.setTimeout(120_000);
  await stack.simulator.steer('', 'slow-300');
  const [frozen] = stack.workers;
  const send = (from: number) =>
    inParallel(EVENTS, 20, async (index) => {
      await sender.insist({ event_id: `evt-${from + index}`, user_id: `user-${index}` });
    });
  await send(0);
  // Nobody told them who does what.
  const busy = async () => (await operator.queue()).workers.filter(({ in_flight }) => in_flight > 0);
  await until(async () => (await busy()).length === 3);
  frozen!.process.signal('SIGSTOP');
  try {
    // What comes now goes to the other two, as fast as ever: at most what the frozen one holds is late.
    await send(EVENTS);
    const fresh = async () => {
      const page = await operator.list('status=sent&limit=100');
      return page.items.filter(({ event_id }) => Number(event_id.slice(4)) >= EVENTS).length;
    };
    await until(async () => (await fresh()) > 50);

    await until(async () => (await operator.totals()).queue_size === 0, { timeoutMs: TAKEN_OVER_MS });
    expect(await operator.totals()).toMatchObject({ sent: 2 * EVENTS, dlq: 0 });
  } finally {
    frozen!.process.signal('SIGCONT');
  }
  // What it does when it wakes up is too late to change anything.
  await until(async () => (await operator.queue()).workers.length === 3);
  expect(await operator.totals()).toMatchObject({ sent: 2 * EVENTS, failed: 0, dlq: 0, queue_size: 0 });
  const counts = await stack.simulator.events();
  expect(counts).toHaveLength(2 * EVENTS);
  const repeats = counts.reduce((sum, { received }) => sum + received - 1, 0);
  // Only what it had under way, which it may have sent just before or after.
  expect(repeats).toBeLessThanOrEqual(CONCURRENCY);
});
