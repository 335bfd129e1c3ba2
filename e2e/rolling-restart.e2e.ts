/**
 * Every process is replaced, again and again, under load and behind a balancer that heeds readiness: no request is
 * refused, no event is lost, none is sent twice. `ROLLING_ROUNDS=20` is the long form.
 */
import { expect, test } from '@playwright/test';
import { Redis } from 'ioredis';
import { until } from './stack/processes.ts';
import type { RunningServer } from './stack/server.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Balancer } from './support/balancer.ts';
import { Load, type Sent } from './support/load.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';

const ROUNDS = Number(process.env.ROLLING_ROUNDS ?? 4);

/**
 * The api's deadline of one command, in ms: a 503 that took so long says that Redis stood still on a busy machine. A process
 * that stops or starts refuses at once.
 */
const REDIS_STALLED_MS = 900;

let stack: Stack;
let balancer: Balancer;

test.beforeAll(async () => {
  stack = await startStack({
    apis: 2,
    workers: 2,
    topology: 'single',
    // Nothing here heals because a lease has run out: it would take longer than the test.
    env: { RATE_LIMIT: '0', SHUTDOWN_DELAY_MS: '400', LEASE_MS: '600000' },
  });
  balancer = await Balancer.start(stack.apis.map(({ url }) => url));
});

test.afterAll(async () => {
  await balancer?.stop();
  await stack?.stop();
});

async function replace(server: RunningServer): Promise<void> {
  await server.stop();
  expect(server.process.exit).toEqual({ code: 0, signal: null });
  await server.start();
}

test(`a rolling restart of all processes, ${ROUNDS} rounds, under load`, async () => {
  test.setTimeout(60_000 + ROUNDS * 60_000);
  // Slow enough that every stop finds messages on their way.
  await stack.simulator.steer('', 'slow-100');
  const isReady = ({ url }: RunningServer) => until(() => balancer.isReady(url));
  await Promise.all(stack.apis.map(isReady));
  const load = new Load(new Sender({ ...stack, apiUrl: balancer.url }), 'rolling');
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, api] of stack.apis.entries()) {
      await Promise.all([replace(api), replace(stack.workers[index]!)]);
      await isReady(api);
    }
  }
  await load.stop();
  const operator = new Operator(stack);
  await until(async () => (await operator.totals()).queue_size === 0);

  const isStall = ({ code, startedAt, endedAt }: Sent) =>
    code === 'queue_unavailable' && endedAt - startedAt >= REDIS_STALLED_MS;
  const sent = load.sent.filter((each) => !isStall(each));
  const times = sent.map(({ startedAt, endedAt }) => endedAt - startedAt).sort((a, b) => a - b);
  const received = new Map((await stack.simulator.events()).map((each) => [each.event_id, each.received]));
  const figures = {
    restarts: ROUNDS * 4,
    webhooks: load.sent.length,
    redis_stalled: load.sent.length - sent.length,
    p99_ms: Math.round(times[Math.floor(times.length * 0.99)]!),
    longest_ms: Math.round(times.at(-1)!),
    refused: sent.filter(({ status }) => status !== 202).length,
    lost: sent.filter(({ eventId }) => !received.has(eventId)).length,
    repeated: [...received.values()].filter((count) => count > 1).length,
  };
  console.log('rolling restart', JSON.stringify(figures));
  expect(sent.filter(({ status }) => status !== 202)).toEqual([]);
  expect(figures).toMatchObject({ refused: 0, lost: 0, repeated: 0 });
  expect(await consumers()).toBe(2);
  await until(async () => (await operator.queue()).workers.length === 2);
});

/** How many consumers Redis knows: whoever was stopped has signed off. */
async function consumers(): Promise<number> {
  const redis = new Redis(stack.redis.url);
  try {
    const rows = await Promise.all(
      Array.from({ length: 8 }, (_, partition) =>
        redis.xinfo('CONSUMERS', `{herald:${partition}}:stream`, 'herald'),
      ),
    );
    const names = (rows as string[][][]).flat().map((fields) => fields[fields.indexOf('name') + 1]);
    return new Set(names).size;
  } finally {
    redis.disconnect();
  }
}
