/**
 * Whether Herald stays as fast when it grows: with more workers and partitions, and with more and more events stored. What is
 * stored came in by webhook and was sent (in a dry run); the large system is measured in turns with a small one, so that
 * both have the same machine.
 */
import { startStack, type Stack } from '../stack/stack.ts';
import { until } from '../stack/processes.ts';
import { Operator } from '../support/operator.ts';
import { cpuSeconds } from './cpu.ts';
import { atMost, columns, type Figure, median } from './figures.ts';
import { Generator } from './generator.ts';

const CREWS = [1, 2, 4];
const BACKLOG = 10_000;

const SMALL = 1000;
const ROUNDS = 5;
const TAKEN_IN = 1000;
const PAGES = 100;
const CONNECTIONS = 64;
const AT_MOST = 1.5;

const SETTINGS = { RATE_LIMIT: '0', LOG_LEVEL: 'warn', FCM_DRY_RUN: 'true' };

export async function measureScale(sizes: readonly number[]): Promise<Figure[]> {
  const generator = new Generator();
  try {
    const crews: string[][] = [];
    for (const size of CREWS) crews.push(await workedOff(generator, size));
    console.log(columns(['workers and partitions', 'sent per s', 'workers, CPU µs', 'Redis, CPU µs'], crews));
    return await measureGrowth(generator, sizes);
  } finally {
    generator.stop();
  }
}

/** How fast so many workers get through a backlog. */
async function workedOff(generator: Generator, size: number): Promise<string[]> {
  const stack = await startStack({ workers: size, env: { ...SETTINGS, PARTITIONS: String(size) } });
  try {
    for (const worker of stack.workers) worker.process.signal('SIGSTOP');
    await send(generator, stack, 'backlog', BACKLOG);
    const used = () => stack.workers.map(({ process }) => cpuSeconds(process.pid)).reduce((a, b) => a + b);
    const before = { workers: used(), redis: cpuSeconds(stack.redis.process.pid) };
    const started = performance.now();
    for (const worker of stack.workers) worker.process.signal('SIGCONT');
    await untilIdle(stack);
    const perSecond = (BACKLOG / (performance.now() - started)) * 1000;
    const each = (seconds: number) => ((seconds / BACKLOG) * 1e6).toFixed(0);
    const redis = cpuSeconds(stack.redis.process.pid) - before.redis;
    return [`${size}`, perSecond.toFixed(0), each(used() - before.workers), each(redis)];
  } finally {
    await stack.stop();
  }
}

async function measureGrowth(generator: Generator, sizes: readonly number[]): Promise<Figure[]> {
  const figures: Figure[] = [];
  const rows: string[][] = [];
  const large = await startStack({ env: SETTINGS });
  let stored = 0;
  try {
    for (const size of sizes) {
      await store(generator, large, `to-${size}`, size - stored);
      const small = await startStack({ env: SETTINGS });
      try {
        await store(generator, small, 'first', SMALL);
        await warmUp(generator, small);
        const costs = await compare(generator, [small, large], size);
        rows.push(...rowsOf(costs, size));
        const [of, to] = [costs[1]!, costs[0]!];
        const than = `with ${size} events, times with ${SMALL}`;
        figures.push(atMost(`CPU to take one in ${than}`, of.takeIn / to.takeIn, AT_MOST));
        figures.push(atMost(`CPU of a page ${than}`, of.page / to.page, AT_MOST));
      } finally {
        await small.stop();
      }
      stored = size + ROUNDS * TAKEN_IN;
    }
  } finally {
    await large.stop();
  }
  console.log(`\n${columns(['stored', 'take-in, CPU µs', 'page, CPU µs', 'page, p50 ms'], rows)}`);
  return figures;
}

interface Cost {
  /** Processor time of api and Redis for one, in µs. */
  takeIn: number;
  page: number;
  pageMs: number;
}

/** Workers stand still meanwhile, as their work is no part of either cost; what came in is sent afterwards. */
async function compare(generator: Generator, stacks: readonly Stack[], size: number): Promise<Cost[]> {
  const costs = stacks.map(() => ({ takeIn: [] as number[], page: [] as number[], pageMs: [] as number[] }));
  for (const { workers } of stacks) workers[0]!.process.signal('SIGSTOP');
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, stack] of stacks.entries()) {
      const cost = costs[index]!;
      const prefix = `at-${size}-${round}`;
      cost.takeIn.push((await cpuOf(stack, () => send(generator, stack, prefix, TAKEN_IN))) / TAKEN_IN);
      const operator = new Operator(stack);
      const readPages = async () => {
        for (let page = 0; page < PAGES; page++) {
          const started = performance.now();
          await operator.list('limit=20');
          cost.pageMs.push(performance.now() - started);
        }
      };
      cost.page.push((await cpuOf(stack, readPages)) / PAGES);
    }
  }
  for (const { workers } of stacks) workers[0]!.process.signal('SIGCONT');
  await Promise.all(stacks.map(untilIdle));
  return costs.map(({ takeIn, page, pageMs }) => ({
    takeIn: median(takeIn),
    page: median(page),
    pageMs: median(pageMs),
  }));
}

function rowsOf(costs: readonly Cost[], size: number): string[][] {
  return costs.map(({ takeIn, page, pageMs }, index) => [
    index === 0 ? `  ${SMALL}, in turns with` : `${size}`,
    takeIn.toFixed(0),
    page.toFixed(0),
    pageMs.toFixed(1),
  ]);
}

/** Processor time of api and Redis while something is done, in µs. */
async function cpuOf(stack: Stack, work: () => Promise<void>): Promise<number> {
  const used = () => cpuSeconds(stack.api.process.pid) + cpuSeconds(stack.redis.process.pid);
  const before = used();
  await work();
  return (used() - before) * 1e6;
}

/** So many more events, all of them sent. Prefixes make them new. */
async function store(generator: Generator, stack: Stack, prefix: string, count: number): Promise<void> {
  const STEP = 20_000;
  for (let done = 0; done < count; done += STEP)
    await send(generator, stack, `${prefix}-${done}`, Math.min(STEP, count - done));
  await untilIdle(stack);
}

/** As warm as the large system, which has seen thousands: the same events again, which are stored once. */
async function warmUp(generator: Generator, stack: Stack): Promise<void> {
  for (let time = 0; time < 20; time++) await send(generator, stack, 'first-0', SMALL, '200');
  for (let page = 0; page < PAGES; page++) await new Operator(stack).list('limit=20');
}

/** A machine that is busy with something else may have Redis miss a deadline; what was refused then is neither here nor there. */
async function send(
  generator: Generator,
  stack: Stack,
  prefix: string,
  events: number,
  status = '202',
): Promise<void> {
  const port = Number(new URL(stack.apiUrl).port);
  const load = { port, secret: stack.webhookSecret, connections: CONNECTIONS, events, prefix };
  const { statuses } = await generator.send(load);
  if ((statuses[status] ?? 0) < 0.99 * events)
    throw new Error(`The api answered ${JSON.stringify(statuses)}`);
}

async function untilIdle(stack: Stack): Promise<void> {
  const operator = new Operator(stack);
  await until(async () => (await operator.totals()).queue_size === 0, { timeoutMs: 600_000 });
}
