/** One run: load, faults, quiet, and the books. */
import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../stack/processes.ts';
import { startStack } from '../stack/stack.ts';
import { Operator } from '../support/operator.ts';
import { RedisProxy } from '../support/redis-proxy.ts';
import { balance, figures, type Violation } from './books.ts';
import { type Form, type Kills, killsOf, plan, type Step, type StepName } from './faults.ts';
import { Injector } from './injector.ts';
import { FCM_ANSWERS, HABITS, Load, RETRY_AFTER_MS } from './load.ts';
import { patiently } from './patiently.ts';
import { seededRandom } from './random.ts';
import { readAlong } from './read-along.ts';
import { readEvent } from './read-event.ts';
import { connectReferee, type Layout, putTokens, scan } from './scan.ts';
import type { Sources } from './sources.ts';

export interface Extent {
  /** The load goes on at least until so many events were sent in, the faults at least once through their plan. */
  events: number;
  perSecond: number;
}

export const EXTENTS: Record<Form, Extent> = {
  short: { events: 4000, perSecond: 100 },
  full: { events: 100_000, perSecond: 150 },
};

export interface RunOptions extends Partial<Extent> {
  seed: number;
  form: Form;
  /** Ends it after the step under way then, whatever is left of the plan. */
  minutes?: number;
  say?: (line: string) => void;
}

export interface RunResult {
  violations: Violation[];
  sources: Sources;
  trials: Partial<Record<StepName, number>>;
  kills: Kills;
  figures: Record<string, number>;
  /** From the first event to the last fault. */
  durationS: number;
}

export const RETRY_DELAYS_MS = [200, 500, 1000];
const MAX_DELIVERIES = 3;
/** Short, so that thousands of retries, time-outs and take-overs fit into minutes. */
export const ENV = {
  RATE_LIMIT: '0',
  RETRY_DELAYS_MS: RETRY_DELAYS_MS.join(),
  LEASE_MS: '5000',
  FCM_TIMEOUT_MS: '1000',
  MAX_DELIVERIES: String(MAX_DELIVERIES),
  WORKER_CONCURRENCY: '200',
  PARTITIONS: '8',
  // What FCM was sent and answered is what the books are about, not what was kept from it.
  FCM_QUOTAS: 'off',
  LOG_LEVEL: 'warn',
};
const LAYOUT: Layout = { prefix: 'herald', partitions: 8 };
const QUIET_MS = 120_000;

export async function runFaults({
  seed,
  form,
  minutes = Infinity,
  say = () => {},
  ...extent
}: RunOptions): Promise<RunResult> {
  const { events, perSecond } = { ...EXTENTS[form], ...extent };
  let proxy!: RedisProxy;
  const redisLink = async (url: string) =>
    (proxy = await RedisProxy.start(url, seededRandom(seed ^ 0xcafe))).url;
  const stack = await startStack({ apis: 2, workers: 2, topology: 'single', redisLink, env: ENV });
  const referee = connectReferee(stack.redis.url);
  const ledger = readAlong(stack.simulator);
  const { apis, workers, redis } = stack;
  const victims = { apis, workers, redis, fcm: stack.simulator.process, proxy, referee, layout: LAYOUT };
  const injector = new Injector(victims);
  const load = new Load({
    apiUrls: apis.map(({ url }) => url),
    webhookSecret: stack.webhookSecret,
    seed,
    perSecond,
    fcmAnswers: FCM_ANSWERS,
    habits: HABITS,
    putTokens: (tokens) => putTokens(referee, tokens),
  });
  try {
    const startedAt = performance.now();
    load.start();
    const elapsedS = () => (performance.now() - startedAt) / 1000;
    const done: Step[] = [];
    for (const step of steps(seed, form, () => load.log.length >= events)) {
      await injector.run(step);
      done.push(step);
      say(`${Math.round(elapsedS())} s  ${step.name}, ${load.log.length} events`);
      if (elapsedS() > minutes * 60) break;
    }
    const durationS = elapsedS();
    await load.stop();
    const operator = new Operator(stack);
    await quiet(operator);

    const sources: Sources = {
      log: load.log,
      redis: await scan(referee, LAYOUT, (eventId) => patiently(() => readEvent(operator, eventId))),
      ledger: await ledger.stop(),
      totals: await patiently(() => operator.totals()),
      held: injector.held,
      ended: [...apis, ...workers].flatMap(({ process }) =>
        process.exit ? [`${process.name} has ended`] : [],
      ),
      settings: {
        retryDelaysMs: RETRY_DELAYS_MS,
        maxDeliveries: MAX_DELIVERIES,
        retryAfterMs: RETRY_AFTER_MS,
      },
    };
    return {
      violations: balance(sources),
      sources,
      trials: Object.fromEntries(
        [...Map.groupBy(done, ({ name }) => name)].map(([name, { length }]) => [name, length]),
      ),
      kills: killsOf(done),
      figures: { ...figures(sources), 'replies of Redis cut': proxy.dropped },
      durationS,
    };
  } finally {
    await ledger.stop();
    referee.disconnect();
    await stack.stop();
    await proxy.stop();
  }
}

/** Once through the plan, and on with another one until `isEnough`. */
function* steps(seed: number, form: Form, isEnough: () => boolean): Iterable<Step> {
  yield* plan(seed, form);
  for (let round = 1; ; round++)
    for (const step of plan(seed + round, form)) {
      if (isEnough()) return;
      yield step;
    }
}

/** Until nothing is under way any more. */
async function quiet(operator: Operator): Promise<void> {
  const isSettled = async () => (await patiently(() => operator.totals())).queue_size === 0;
  await until(isSettled, { timeoutMs: QUIET_MS, everyMs: 250 }).catch(() => {
    // What still is under way then is for the books to tell.
  });
  // What was on its way at the last fault may still reach FCM.
  await wait(Number(ENV.FCM_TIMEOUT_MS));
}
