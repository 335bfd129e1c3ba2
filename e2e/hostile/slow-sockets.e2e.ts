/** A thousand slow connections: others do not feel them, and none lives longer than it may. */
import { expect, test } from '@playwright/test';
import { percentile } from '../bench/figures.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { Sender } from '../support/sender.ts';
import { openSlowSockets } from './slow-sockets.ts';

const SOCKETS = 1000;
/** Each with and without them, in turns, because the machine itself has better and worse moments. */
const ROUNDS = 3;
const REQUESTS = 400;
const TIMES = 3;
/** Below that a p99 says more about the machine than about the api, in ms. */
const NOISE_MS = 10;
/** The api's deadlines for heads and bodies, and how long it may take to notice. */
const DEADLINE_MS = 10_000;
const LATE_MS = 5000;

let stack: Stack;
let events = 0;

test.beforeAll(async () => {
  stack = await startStack({ workers: 0, redis: { appendonly: false }, env: { RATE_LIMIT: '0' } });
});

test.afterAll(() => stack.stop());

/** The p99 of a well-behaved sender, in ms. */
async function p99(): Promise<number> {
  const sender = new Sender(stack);
  const times: number[] = [];
  for (let sent = 0; sent < REQUESTS; sent++) {
    const { status, durationMs } = await sender.order({ event_id: `evt-${events++}` });
    expect(status).toBe(202);
    times.push(durationMs);
  }
  return percentile(times, 0.99);
}

test(`${SOCKETS} slow sockets leave the p99 of others within ${TIMES} times, and end by themselves`, async () => {
  test.setTimeout(180_000);
  const port = Number(new URL(stack.apiUrl).port);
  const { pid } = stack.api.process;
  await p99();
  const [without, withThem]: [number[], number[]] = [[], []];
  for (let round = 1; round <= ROUNDS; round++) {
    without.push(await p99());
    const slow = await openSlowSockets(port, SOCKETS);
    withThem.push(await p99());
    if (round < ROUNDS) {
      slow.close();
      continue;
    }
    const ended = await slow.ended;
    const statuses = new Set(ended.map(({ status }) => status));
    const times = ended.map(({ afterMs }) => afterMs);
    console.log(`ended after ${Math.min(...times).toFixed()} to ${Math.max(...times).toFixed()} ms`);
    expect([...statuses]).toEqual([408]);
    expect(Math.min(...times)).toBeGreaterThan(DEADLINE_MS - 1000);
    expect(Math.max(...times)).toBeLessThan(DEADLINE_MS + LATE_MS);
  }
  const [alone, among] = [percentile(without, 0.5), percentile(withThem, 0.5)];
  console.log(`p99 ${alone.toFixed(1)} ms alone, ${among.toFixed(1)} ms among ${SOCKETS} slow sockets`);
  expect(among).toBeLessThan(TIMES * Math.max(alone, NOISE_MS));
  expect((await new Sender(stack).order({ event_id: 'evt-after' })).status).toBe(202);
  expect(stack.api.process).toMatchObject({ pid, exit: null });
});
