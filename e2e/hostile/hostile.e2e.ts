/**
 * Thousands of generated requests against the built api and a real Redis, each judged by an oracle. `HOSTILE_REQUESTS` says
 * how many, `HOSTILE_SEED` repeats a run.
 */
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { freePort } from '../stack/processes.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { Operator } from '../support/operator.ts';
import { notKeptToTheLetter, oddLogLines, wrongInList } from './after.ts';
import { Attacker } from './campaign.ts';
import { debuggable, residentAtRest } from './resident.ts';

const REQUESTS = Number(process.env.HOSTILE_REQUESTS ?? 20_000);
const SEED = Number(process.env.HOSTILE_SEED ?? Date.now() % 1_000_000_000);
/** After so many the api has compiled and allocated what it always needs; what it takes after that it would go on taking. */
const WARM_UP = Math.ceil(REQUESTS / 4);
/** Small, so that bodies around the limit cost little. */
const MAX_BODY = 65_536;
const GROWTH_MB = 50;

let stack: Stack;
let debugPort: number;

test.beforeAll(async () => {
  debugPort = await freePort();
  const env = { RATE_LIMIT: '0', WEBHOOK_MAX_BODY: String(MAX_BODY), ...debuggable(debugPort) };
  stack = await startStack({ workers: 0, redis: { appendonly: false }, env });
});

test.afterAll(() => stack.stop());

test(`${REQUESTS} hostile requests get the answers of the contract, and leave nothing behind`, async () => {
  test.setTimeout(60_000 + REQUESTS * 15);
  const { apiUrl, webhookSecret } = stack;
  const { pid } = stack.api.process;
  const resident = () => residentAtRest(apiUrl, stack.api.process, debugPort);
  const operator = new Operator(stack);
  const attacker = new Attacker(apiUrl, { secret: webhookSecret, maxBody: MAX_BODY, toleranceS: 300 });
  const { campaign } = attacker;
  const { books } = campaign;

  await attacker.send(WARM_UP, SEED);
  const before = await resident();
  await attacker.send(REQUESTS - campaign.requests, SEED + WARM_UP);
  const grown = (await resident()) - before;
  const { requests, statuses, lost } = campaign;
  console.log(
    `seed ${SEED}: ${requests} requests, ${JSON.stringify(Object.fromEntries(statuses))}, ` +
      `${books.accepted.size} events, ${lost} without an answer, ${before.toFixed()} MB + ${grown.toFixed(1)} MB`,
  );

  // Otherwise the requests would say little.
  expect(books.accepted.size).toBeGreaterThan(REQUESTS / 20);
  for (const status of [200, 202, 400, 401, 404, 413, 415])
    expect(statuses.get(status)).toBeGreaterThan(REQUESTS / 200);
  expect(lost).toBeLessThan(REQUESTS / 100);
  expect([...statuses.keys()].filter((status) => status >= 500)).toEqual([]);

  const { received, deduped, queue_size } = await operator.totals();
  const counted = { received: received - deduped, deduped, queue_size };
  expect(counted).toEqual({
    received: books.accepted.size,
    deduped: books.duplicates,
    queue_size: books.accepted.size,
  });
  expect(await wrongInList(operator, books)).toEqual([]);
  expect(await notKeptToTheLetter(apiUrl, webhookSecret, books)).toEqual([]);
  expect(await oddLogLines(join(stack.logs, 'api-1.log'))).toEqual([]);
  expect(stack.api.process).toMatchObject({ pid, exit: null });
  expect(grown).toBeLessThan(GROWTH_MB);
});
