/** A wrong project or key: what FCM would refuse for every message is refused for none, and costs nobody anything. */
import { expect, test } from '@playwright/test';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

const EVENTS = 300;
const WORKERS = 2;
/** Events that were on their way when FCM began to refuse, of each worker, and a probe now and then. */
const MOST_REFUSED = 100;

let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  const env = { RATE_LIMIT: '0', WORKER_CONCURRENCY: '20' };
  stack = await startStack({ workers: WORKERS, env });
  sender = new Sender(stack);
  operator = new Operator(stack);
});

test.afterAll(() => stack.stop());

test('every answer a 404 without a word from FCM: deliveries pause, no token goes, and all are sent when it is mended', async () => {
  test.setTimeout(120_000);
  await inParallel(10, 10, (user) => operator.register(`user-${user}`, `phone-${user}`));
  await stack.simulator.steer('phone-', 'garbage-404');
  await inParallel(EVENTS, 20, async (number) => {
    const answer = await sender.order({ event_id: `evt-${number}`, user_id: `user-${number % 10}` });
    expect(answer.status).toBe(202);
  });

  const paused = await until(async () => (await operator.queue()).paused, { timeoutMs: 10_000 });
  expect(paused).toMatchObject({ code: 'NOT_FOUND', message: 'HTTP 404 without an explanation' });
  const { status, body } = await operator.health();
  expect(status).toBe(200);
  expect(body).toMatchObject({ ok: true, details: { delivery: { status: 'up', paused } } });
  // The first probe is refused as well, and changes nothing.
  const before = (await stack.simulator.messages()).length;
  await until(async () => (await stack.simulator.messages()).length > before, { timeoutMs: 30_000 });
  expect((await stack.simulator.messages()).length).toBeLessThan(MOST_REFUSED);
  expect((await operator.queue()).paused).toEqual(paused);

  await stack.simulator.steer('phone-');
  await until(async () => (await operator.totals()).sent === EVENTS, { timeoutMs: 60_000 });
  expect((await operator.queue()).paused).toBeUndefined();
  expect(await operator.totals()).toMatchObject({ dlq: 0, queue_size: 0, sent: EVENTS });
  // Every phone is still known, and rang once for each of its orders.
  const rung = (await stack.simulator.messages()).filter(({ answer }) => answer === 'OK');
  expect(rung).toHaveLength(EVENTS);
  expect(new Set(rung.map(({ target }) => target)).size).toBe(10);
});
