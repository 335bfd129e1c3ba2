/** More than one Redis: the same story behind Sentinel and on a cluster, and a master that is killed under load. */
import { expect, test } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { until } from './stack/processes.ts';
import { failOver } from './support/failover.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';

/** What the README promises, in ms, with `down-after-milliseconds 1000` and `cluster-node-timeout 2000`. */
const OUTAGE_MS = { sentinel: 5000, cluster: 8000 };

for (const topology of ['sentinel', 'cluster'] as const) {
  test.describe(topology, () => {
    // A busy machine takes its time, except for what is promised.
    test.setTimeout(120_000);
    let stack: Stack;
    let sender: Sender;
    let operator: Operator;

    test.beforeAll(async () => {
      const env = {
        RATE_LIMIT: '0',
        DURABILITY: 'replica',
        LEASE_MS: '5000',
        RETRY_DELAYS_MS: '100,200,300',
      };
      stack = await startStack({ topology, workers: 2, env: { ...env, LOG_LEVEL: 'warn' } });
      sender = new Sender(stack);
      operator = new Operator(stack);
    });

    test.afterAll(() => stack?.stop());

    test('events are taken in once, sent to devices and topic, retried, dead-lettered and replayed', async () => {
      await operator.register('carol', 'phone-of-carol');
      await operator.register('dave', 'dead-line');
      await stack.simulator.steer('dead-line', 'unavailable');
      const users = ['alice', 'carol', 'dave'];
      const events = Array.from({ length: 30 }, (_, index) => [`evt-${index}`, users[index % 3]!] as const);
      await Promise.all(
        events.flatMap(([event_id, user_id]) => [1, 2].map(() => sender.insist({ event_id, user_id }))),
      );
      await until(async () => (await operator.totals()).queue_size === 0);
      expect(await operator.totals()).toMatchObject({ sent: 20, dlq: 10 });
      const dead = await operator.list('status=failed&limit=100');
      expect(dead.items.map(({ user_id }) => user_id)).toEqual(Array(10).fill('dave'));
      expect(await operator.attempts(dead.items[0]!.event_id)).toHaveLength(4);

      await stack.simulator.steer('dead-line', 'ok');
      for (const { event_id } of dead.items) expect(await operator.replay(event_id)).toBe(202);
      await until(
        async () => (await operator.totals()).dlq === 0 && (await operator.totals()).queue_size === 0,
      );
      const page = await operator.list('status=sent&limit=100');
      expect(page.items).toHaveLength(30);
      const targets = (await stack.simulator.messages()).filter(({ answer }) => answer === 'OK');
      expect(new Set(targets.map(({ target }) => target))).toEqual(
        new Set(['/topics/orders', 'phone-of-carol', 'dead-line']),
      );
    });

    test('kill -9 of a master under load loses nothing that was answered, and heals by itself', async () => {
      const servers = [stack.api, ...stack.workers];
      const pids = servers.map(({ process }) => process.pid);
      const figures = await failOver(stack);
      console.log(topology, { ...figures, lost: figures.lost.length });

      expect(figures.lost).toEqual([]);
      expect(figures.outageMs).toBeLessThan(OUTAGE_MS[topology]);
      if (topology === 'cluster') {
        expect(figures.affected.length).toBeLessThan(8);
        expect(figures.meanwhile).toBeGreaterThan(50);
      }
      expect(servers.map(({ process }) => [process.pid, process.exit])).toEqual(
        pids.map((pid) => [pid, null]),
      );
      expect(await operator.health()).toMatchObject({ status: 200 });
    });
  });
}
