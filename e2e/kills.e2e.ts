/** `kill -9` of a worker, again and again under load: nothing is lost, and nobody sees an event twice. */
import { expect, test } from '@playwright/test';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

/** `KILLS=50` for the long form. */
const KILLS = Number(process.env.KILLS || 10);
const USERS = 200;
const LANES = 4;
/** Of a lane, between two events: a steady load that one worker can carry. */
const PAUSE_MS = 40;
/** What a message takes at FCM: long enough that every kill meets some on their way. */
const LATENCY = '50-250';

let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  const env = {
    ...{ RATE_LIMIT: '0', LEASE_MS: '1000', WORKER_CONCURRENCY: '50', FCM_QUOTAS: 'off' },
    // The workers die of us, not of an event.
    MAX_DELIVERIES: '100',
  };
  stack = await startStack({ workers: 2, env });
  sender = new Sender(stack);
  operator = new Operator(stack);
  const platforms = ['android', 'ios', 'web'];
  await inParallel(USERS, 10, (user) =>
    operator.register(`user-${user}`, `phone-${user}`, { platform: platforms[user % 3] }),
  );
  await stack.simulator.set({ latency: LATENCY });
});

test.afterAll(() => stack.stop());

test(`${KILLS} kills under load lose nothing, and no device shows an event twice`, async () => {
  test.setTimeout(60_000 + KILLS * 10_000);
  const ids: string[] = [];
  let killing = true;
  const lane = async () => {
    while (killing) {
      const number = ids.length;
      ids.push(`evt-${number}`);
      const answer = await sender.order({ event_id: `evt-${number}`, user_id: `user-${number % USERS}` });
      expect(answer.status).toBe(202);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  const load = Promise.all(Array.from({ length: LANES }, lane));
  const starts: Promise<void>[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    // While one starts again, the other is killed.
    await starts[kill % 2];
    const worker = stack.workers[kill % 2]!;
    const { pid } = worker.process;
    // With messages on their way, or it would prove nothing.
    await until(
      async () => (await operator.queue()).workers.find((each) => each.pid === pid && each.in_flight > 0),
      { everyMs: 10 },
    );
    await worker.kill();
    starts[kill % 2] = worker.start();
  }
  await Promise.all(starts);
  killing = false;
  await load;
  await until(async () => (await operator.totals()).queue_size === 0, { timeoutMs: 30_000 });

  expect(await operator.totals()).toMatchObject({ received: ids.length, sent: ids.length, dlq: 0 });
  const counts = new Map((await stack.simulator.events()).map((count) => [count.event_id, count]));
  expect(ids.filter((id) => !counts.get(id)?.delivered)).toEqual([]);
  const { items, shown, shown_twice, replaced } = await stack.simulator.inbox();
  expect(items.flatMap((device) => device.shown_twice)).toEqual([]);
  expect({ shown, shown_twice }).toEqual({ shown: ids.length, shown_twice: 0 });
  const repeats = [...counts.values()].reduce((sum, { received }) => sum + received - 1, 0);
  // So that the kills did what they are for: messages went out twice, and the second took the place of the first.
  expect(replaced).toBeGreaterThan(0);
  expect(replaced).toBeLessThanOrEqual(repeats);
  console.log(`${KILLS} kills, ${ids.length} events, ${repeats} sent again, each shown once`);
});
