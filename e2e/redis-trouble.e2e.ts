/**
 * Redis in trouble, under load: whoever gets no success within 2 s gets a 503 with `Retry-After`; what was answered with
 * a success is delivered, once; nothing piles up, and everything goes on by itself within 5 s. `LEASE_MS` is as shipped,
 * so nothing here heals only because a lease has run out.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@playwright/test';
import { until } from './stack/processes.ts';
import { Load } from './support/load.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';
import { setStage, type Stage } from './trouble/stage.ts';
import { TROUBLES, type Trouble } from './trouble/troubles.ts';

/** What the contract gives a sender to wait at most, and the product to be itself again, in ms. */
const PATIENCE_MS = 2000;
const RECOVERY_MS = 5000;
const GROWTH_MB = 64;
/**
 * Commands a second that say that nobody asks Redis the same again and again. An idle api and worker have about 500, of which
 * all but 70 are inside scripts; whoever asks without a pause has many thousands.
 */
const IDLE_COMMANDS = 1000;

let stage: Stage;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  // The limit is never reached, but asks Redis like any other.
  stage = await setStage({ RATE_LIMIT: '1000000' });
  sender = new Sender(stage.stack);
  operator = new Operator(stage.stack);
});

test.afterAll(async () => {
  const begun = performance.now();
  await stage.stop();
  // Nothing is left that a stop would have to wait for, as long as it may.
  expect(performance.now() - begun).toBeLessThan(15_000);
  for (const { process } of [stage.stack.api, stage.stack.workers[0]!])
    expect(process.exit).toEqual({ code: 0, signal: null });
});

for (const trouble of TROUBLES) test(trouble.name, () => endure(trouble));

test('without memory the outcomes of attempts are recorded nevertheless', async () => {
  const [worker] = stage.stack.workers;
  const users = ['ok', 'unavailable', 'unregistered'];
  for (const user of users) await operator.register(user, `${user}-phone`);
  const before = await operator.totals();
  // Everything is to happen while there is no memory, from the beginning of the attempt on.
  worker!.process.signal('SIGSTOP');
  try {
    for (const user of users) {
      const { status } = await sender.order({ event_id: `oom-${user}`, user_id: user });
      expect(status).toBe(202);
    }
    await stage.redis('CONFIG', 'SET', 'maxmemory', 1);
  } finally {
    worker!.process.signal('SIGCONT');
  }
  try {
    // What is settled is forgotten within a second, because there is no memory; that it was is not, and is never counted down.
    await until(async () => (await operator.totals()).sent === before.sent + 1);
    await until(async () => (await operator.event('oom-unavailable'))?.status === 'retrying');
    expect(await operator.attempts('oom-unavailable')).not.toEqual([]);
    expect((await sender.order({ event_id: 'oom-refused' })).status).toBe(503);
    // Its retry is promoted and tried without memory as well.
    await until(async () => (await operator.attempts('oom-unavailable')).length === 2);
    // Its two, and that of the phone that is gone.
    expect((await operator.totals()).failed).toBe(before.failed + 3);
  } finally {
    await stage.redis('CONFIG', 'SET', 'maxmemory', 0);
  }
  await stage.stack.simulator.steer('unavailable-phone', 'ok');
  await until(async () => (await operator.event('oom-unavailable'))?.status === 'sent');
  // And after all of this the worker waits for nothing any more.
  await until(async () => (await operator.queue()).workers.every(({ in_flight }) => in_flight === 0));
});

async function endure(trouble: Trouble): Promise<void> {
  const before = memory();
  const load = new Load(sender, trouble.name.replace(/[^a-z0-9]+/gi, '-'));
  await until(() => load.sent.length > 20);
  const end = await trouble.make(stage);
  const madeAt = performance.now();
  await delay(trouble.lastsMs);
  const endedAt = performance.now();
  await end();
  const overAt = performance.now();
  const back = await until(
    () => load.sent.find(({ startedAt, status }) => startedAt > overAt && status < 300),
    {
      timeoutMs: 3 * RECOVERY_MS,
    },
  );
  await until(async () => (await stage.stack.simulator.messages(back.eventId)).length > 0, {
    timeoutMs: 3 * RECOVERY_MS,
  });
  const deliveredAt = performance.now();
  await load.stop();
  const after = memory();

  const { sent } = load;
  const meanwhile = sent.filter((each) => each.startedAt > madeAt && each.endedAt < endedAt);
  const refused = sent.filter(({ status }) => status === 503);
  const longestMs = Math.max(...sent.map((each) => each.endedAt - each.startedAt));
  const figures = {
    webhooks: sent.length,
    meanwhile: meanwhile.length,
    refused: refused.length,
    longest_ms: Math.round(longestMs),
    recovery_ms: Math.round(back.endedAt - overAt),
    delivery_ms: Math.round(deliveredAt - overAt),
    growth_mb: after.map((mb, index) => mb - before[index]!),
  };
  console.log(trouble.name, JSON.stringify(figures));

  expect(sent.filter(({ status }) => ![202, 503].includes(status))).toEqual([]);
  expect(refused.filter(({ retryAfter }) => !(Number(retryAfter) > 0))).toEqual([]);
  expect(longestMs).toBeLessThan(PATIENCE_MS);
  expect(meanwhile.length).toBeGreaterThan(0);
  if (trouble.meanwhile !== 'either') {
    const wanted = trouble.meanwhile === 'refused' ? 503 : 202;
    expect(meanwhile.filter(({ status }) => status !== wanted)).toEqual([]);
  }
  expect(figures.recovery_ms).toBeLessThan(RECOVERY_MS);
  expect(figures.delivery_ms).toBeLessThan(RECOVERY_MS);
  for (const growth of figures.growth_mb) expect(growth).toBeLessThan(GROWTH_MB);
  await expectBooks(load, trouble);
}

/** What was answered with a success was sent, and nothing twice; a refused event is not there, or is like any other. */
async function expectBooks({ sent }: Load, { refusedIsStored, mayRepeat, mayLose }: Trouble): Promise<void> {
  await until(async () => (await operator.totals()).queue_size === 0, { timeoutMs: RECOVERY_MS });
  await until(async () => (await commandsPerSecond()) < IDLE_COMMANDS);
  const received = new Map(
    (await stage.stack.simulator.events()).map((each) => [each.event_id, each.received]),
  );
  const of = (status: number) => sent.filter((each) => each.status === status).map(({ eventId }) => eventId);
  if (!mayLose) expect(of(202).filter((id) => !received.has(id))).toEqual([]);
  if (!mayRepeat) expect(sent.filter(({ eventId }) => received.get(eventId)! > 1)).toEqual([]);
  const stored = of(503).filter((id) => received.has(id));
  if (!refusedIsStored) expect(stored).toEqual([]);
  if (refusedIsStored === 'some') expect(stored).not.toEqual([]);
  // Whoever sends a refused one again gets a success, whichever it was.
  for (const eventId of [
    ...stored.slice(0, 3),
    ...of(503)
      .filter((id) => !received.has(id))
      .slice(0, 3),
  ]) {
    const { status } = await sender.order({ event_id: eventId });
    expect(status).toBe(received.has(eventId) ? 200 : 202);
  }
}

async function commandsPerSecond(): Promise<number> {
  const count = async () => {
    const info = String(await stage.redis('INFO', 'stats'));
    return Number(/total_commands_processed:(\d+)/.exec(info)![1]);
  };
  const before = await count();
  await delay(500);
  return 2 * ((await count()) - before);
}

/** Resident memory of api and worker, in MB. */
function memory(): number[] {
  return [stage.stack.api, stage.stack.workers[0]!].map(({ process }) => {
    const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(process.pid)], { encoding: 'utf8' });
    return Math.round(Number(stdout) / 1024);
  });
}
