/** Webhooks in, notifications out: how fast one is answered, how soon one is handled, how much memory many take. */
import { startStack, type Stack } from '../stack/stack.ts';
import { until } from '../stack/processes.ts';
import { Operator } from '../support/operator.ts';
import { Sender } from '../support/sender.ts';
import { figure, percentile, type Figure } from './figures.ts';
import { Generator } from './generator.ts';
import { watchMemory } from './memory.ts';
import { WIDE_QUOTAS } from './quotas.ts';

const ONE_BY_ONE = 200;
const AT_ONCE = 32;

export async function measurePipeline(events: number): Promise<Figure[]> {
  const stack = await startStack({ env: { ...WIDE_QUOTAS, RATE_LIMIT: '0', LOG_LEVEL: 'warn' } });
  try {
    return [...(await oneByOne(stack)), ...(await manyAtOnce(stack, events))];
  } finally {
    await stack.stop();
  }
}

/** An idle system, as a small shop's mostly is. */
async function oneByOne(stack: Stack): Promise<Figure[]> {
  const sender = new Sender(stack);
  const answered: number[] = [];
  for (let index = 0; index < ONE_BY_ONE; index++) {
    const { status, durationMs } = await sender.order({ event_id: `single-${index}` });
    if (status !== 202) throw new Error(`A webhook was answered with ${status}`);
    answered.push(durationMs);
  }
  const handled = await handlingTimes(stack, 'single-', ONE_BY_ONE);
  return [
    figure('webhook answered, p50', percentile(answered, 0.5), 'ms'),
    figure('webhook answered, p99', percentile(answered, 0.99), 'ms', 300),
    figure('event handled (received → sent), p50', percentile(handled, 0.5), 'ms'),
    figure('event handled (received → sent), p99', percentile(handled, 0.99), 'ms', 2000),
  ];
}

/**
 * As fast as one sender of 32 connections gets them in, with the console's live updates open. The sender is a process of its
 * own: what this one has to do meanwhile must not count as time that the api took.
 */
async function manyAtOnce(stack: Stack, events: number): Promise<Figure[]> {
  const generator = new Generator();
  const operator = new Operator(stack);
  const console_ = await operator.openLiveUpdates();
  const memory = watchMemory([stack.api.process.pid, stack.workers[0]!.process.pid]);
  const started = performance.now();
  const { statuses, p99Ms, seconds } = await generator.send({
    port: Number(new URL(stack.apiUrl).port),
    secret: stack.webhookSecret,
    connections: AT_ONCE,
    events,
    prefix: 'many',
  });
  generator.stop();
  if (statuses['202'] !== events) throw new Error(`Webhooks were answered with ${JSON.stringify(statuses)}`);
  await until(async () => (await operator.totals()).queue_size === 0, { timeoutMs: 120_000 });
  const done = (performance.now() - started) / 1000;
  const most = await memory.stop();
  console_.close();
  const { sent } = await operator.totals();
  if (sent !== events + ONE_BY_ONE) throw new Error(`${sent} of ${events + ONE_BY_ONE} events were sent`);
  return [
    figure(`${events} webhooks taken in`, events / seconds, 'per s'),
    figure('each answered, p99', p99Ms, 'ms', 300),
    figure('all delivered', events / done, 'per s'),
    figure('api and worker, resident at most', most, 'MB', 512),
  ];
}

/** From the records themselves: `updated_at` of a sent event is when its outcome was written. */
async function handlingTimes(stack: Stack, prefix: string, count: number): Promise<number[]> {
  const operator = new Operator(stack);
  await until(async () => (await operator.totals()).queue_size === 0);
  const times: number[] = [];
  for (let cursor = ''; times.length < count;) {
    const page = await operator.list(`limit=100&event_id=${prefix}&cursor=${cursor}`);
    times.push(...page.items.map((event) => Date.parse(event.updated_at) - Date.parse(event.received_at)));
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  return times;
}
