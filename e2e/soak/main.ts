/**
 * `npm run soak [-- events]`: a million events (or so many) through the built processes, kept for seconds only, at full speed.
 * Fails unless Redis' memory stays flat while they pass and is given back when they have gone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { figure, table, type Figure } from '../bench/figures.ts';
import { until } from '../stack/processes.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { Operator } from '../support/operator.ts';
import { inParallel, type Order, Sender } from '../support/sender.ts';
import { redisMemory } from './redis-memory.ts';

const EVENTS = Number(process.argv[2] ?? 1_000_000);
const AT_ONCE = 64;
const KEPT_S = 5;
const SAMPLE_MS = 1000;

/** Peaks of this many equal parts of the run are compared, without the first, in which memory fills. */
const PARTS = 10;
const MOST_GROWTH = 1.25;

/** What may be left at the end: scripts, connections, the capped log of changes, counters. */
const MOST_LEFT_MB = 5;
const MOST_KEYS = 100;
const GONE_WITHIN_MS = 120_000;

const MB = 2 ** 20;

/** Without the append-only file: its rewrites make copies, and this is about what the data takes. */
const stack = await startStack({
  topology: 'single',
  redis: { appendonly: false },
  env: {
    RATE_LIMIT: '0',
    LOG_LEVEL: 'warn',
    FCM_DRY_RUN: 'true',
    RETENTION_S: String(KEPT_S),
    DEAD_RETENTION_S: String(KEPT_S),
    DEDUPE_TTL_S: String(KEPT_S),
  },
});
try {
  const figures = await soak(stack);
  console.log(`\n${table(figures)}`);
  if (figures.some(({ ok }) => ok === false)) process.exitCode = 1;
} finally {
  await stack.stop();
}

async function soak({ redis }: Stack): Promise<Figure[]> {
  const operator = new Operator(stack);
  const sender = new Sender(stack);
  const before = await redisMemory(redis.url);
  const started = performance.now();
  const samples = watch(redis.url);
  await inParallel(EVENTS, AT_ONCE, async (index) => {
    const order = { event_id: `soak-${index}`, user_id: `user-${index % 5000}`, note: noteOf(index) };
    await until(() => isTakenIn(sender, order), { timeoutMs: GONE_WITHIN_MS });
    if (index % 50_000 === 49_999) console.log(`${index + 1} events after ${seconds(started)} s`);
  });
  const takenIn = seconds(started);
  await until(async () => (await operator.totals()).queue_size === 0, { timeoutMs: GONE_WITHIN_MS });
  const used = await samples.stop();
  const { sent } = await operator.totals();
  if (sent !== EVENTS) throw new Error(`${sent} of ${EVENTS} events were sent`);

  const peaks = peaksOf(used.map((bytes) => bytes / MB));
  console.log(`peaks in MB: ${peaks.map((peak) => peak.toFixed(1)).join(' ')}`);
  let left = await redisMemory(redis.url);
  await until(
    async () => {
      left = await redisMemory(redis.url);
      return left.keys < MOST_KEYS && (left.usedBytes - before.usedBytes) / MB < MOST_LEFT_MB;
    },
    { timeoutMs: GONE_WITHIN_MS },
  ).catch(() => {
    // The figure below says by how much.
  });
  const steady = Math.max(...peaks.slice(1, PARTS / 2));
  return [
    figure(`${EVENTS} events`, EVENTS / takenIn, 'per s'),
    figure('Redis before', before.usedBytes / MB, 'MB'),
    figure('Redis, peak of the first half', steady, 'MB'),
    figure('Redis, peak of the last tenth', peaks.at(-1)!, 'MB', Math.ceil(steady * MOST_GROWTH)),
    figure(
      'Redis when all have gone, more than before',
      (left.usedBytes - before.usedBytes) / MB,
      'MB',
      MOST_LEFT_MB,
    ),
    figure('keys when all have gone', left.keys, 'keys', MOST_KEYS),
  ];
}

/** A 503 says to send it again, which a duplicate then shows to have been stored; anything else ends the run. */
async function isTakenIn(sender: Sender, order: Order): Promise<boolean> {
  const { status } = await sender.order(order);
  if (status !== 202 && status !== 200 && status !== 503)
    throw new Error(`A webhook was answered with ${status}`);
  return status !== 503;
}

/** Makes the body about 300 bytes. */
function noteOf(index: number): string {
  return `Please ring twice at number ${index} and leave it with the neighbour on the second floor. `
    .repeat(3)
    .slice(0, 210);
}

/** Samples used memory until stopped; answers the bytes in order. */
function watch(url: string): { stop(): Promise<number[]> } {
  const bytes: number[] = [];
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      bytes.push((await redisMemory(url)).usedBytes);
      await delay(SAMPLE_MS, undefined, { signal: stopping.signal }).catch(() => {
        // Stopped.
      });
    }
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
      return bytes;
    },
  };
}

function peaksOf(values: readonly number[]): number[] {
  return Array.from({ length: PARTS }, (_, part) =>
    Math.max(
      ...values.slice(
        Math.floor((part * values.length) / PARTS),
        Math.ceil(((part + 1) * values.length) / PARTS),
      ),
    ),
  );
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 1000);
}
