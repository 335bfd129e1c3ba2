/** `npm run doctor` beside a stack that is well, and beside one that is not. */
import { expect, test } from '@playwright/test';
import { Redis } from 'ioredis';
import { ROOT } from './stack/paths.ts';
import { startProcess, until, untilReady, type Exit } from './stack/processes.ts';
import { startRedis } from './stack/redis.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { startServer } from './stack/server.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

let stack: Stack;
let redis: Redis;

test.beforeAll(async () => {
  stack = await startStack({ topology: 'single', env: { RATE_LIMIT: '0' } });
  redis = new Redis(stack.redis.url);
});

test.afterAll(async () => {
  redis?.disconnect();
  await stack?.stop();
});

interface Visit {
  exit: Exit;
  text: string;
  json: { ok: boolean; checks: { name: string; verdict: string; says: string; mend?: string }[] } | null;
}

/** As an operator runs it, with the settings of the stack. */
async function doctor(args: string[] = [], env: Record<string, string> = {}): Promise<Visit> {
  const { simulator, webhookSecret, adminToken } = stack;
  const settings = { REDIS_URL: stack.redis.url, WEBHOOK_SECRET: webhookSecret, ADMIN_TOKEN: adminToken };
  const npm = await startProcess({
    name: 'doctor',
    command: 'npm',
    args: ['run', '--silent', 'doctor', '--', ...args],
    cwd: ROOT,
    env: { ...process.env, ...simulator.env, ...settings, FORCE_COLOR: '0', ...env },
  });
  const exit = await npm.exited;
  const text = npm.lines.join('\n');
  return { exit, text, json: args.includes('--json') ? JSON.parse(text) : null };
}

test('a stack that is well is said to be well, also under load', async () => {
  const sender = new Sender(stack);
  const load = inParallel(2000, 20, async (index) => void (await sender.order({ event_id: `evt-${index}` })));
  const busy = await doctor();
  await load;
  expect(busy.text).toContain('Herald is well.');
  expect(busy.exit).toEqual({ code: 0, signal: null });

  await until(async () => (await new Operator(stack).totals()).queue_size === 0);
  const quiet = await doctor();
  expect(quiet.text).toMatch(/ {2}ok {4}Configuration {2}development/);
  expect(quiet.text).toMatch(/ {2}ok {4}Redis {10}redis:\/\/127\.0\.0\.1:\d+ answers in/);
  expect(quiet.text).toContain(
    'balanced: 2000 taken in = 0 queued + 0 processing + 0 retrying + 2000 sent + 0 failed + 0 purged',
  );
  expect(quiet.text).not.toContain(stack.webhookSecret);
});

test('what is not well is named, with what to do, and the exit code says so to programs', async () => {
  await stack.workers[0]!.stop();
  await new Sender(stack).order({ event_id: 'evt-waits' });
  await redis.config('SET', 'appendfsync', 'everysec');
  await redis.config('SET', 'maxmemory-policy', 'volatile-lru');
  const streams = await redis.keys('{herald:*}:stream');
  await redis.del(...streams);
  const { exit, text, json } = await doctor(['--json'], {
    WEBHOOK_TOLERANCE_S: 'long',
    LEASE_MS: '1000',
  });
  expect(exit.code).toBe(1);
  expect(json, text).toMatchObject({ ok: false });
  const found = json!.checks.filter(({ verdict }) => verdict !== 'ok');
  expect(found.map(({ name, verdict }) => `${name}: ${verdict}`)).toEqual([
    'Configuration: fail',
    'Eviction: warn',
    'Persistence: warn',
    'Lease: warn',
    'Workers: warn',
    'Books: fail',
  ]);
  expect(found[0]!.says).toBe('WEBHOOK_TOLERANCE_S must be a whole number from 1 to 86400');
  expect(found.at(-1)!.says).toMatch(
    /queued or processing without a stream entry: default\/evt-waits \(queued\)\.$/,
  );
  expect(found.slice(1).every(({ mend }) => mend)).toBe(true);

  // The worker mends what the doctor found.
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await stack.workers[0]!.start();
  await until(async () => (await new Operator(stack).totals()).queue_size === 0);
  expect((await doctor()).exit.code).toBe(0);
});

test('without Redis it says where it looked', async () => {
  const { exit, text } = await doctor([], { REDIS_URL: 'redis://:a-password@127.0.0.1:1' });
  expect(exit.code).toBe(1);
  expect(text).toMatch(/FAIL {2}Redis {10}redis:\/\/127\.0\.0\.1:1 cannot be used: connect ECONNREFUSED/);
  expect(text).toContain('1 to mend');
  expect(text).not.toContain('a-password');
});

test('an api with another number of partitions does not start beside events', async () => {
  await new Sender(stack).order({ event_id: 'evt-of-eight' });
  const env = { REDIS_URL: stack.redis.url, WEBHOOK_SECRET: stack.webhookSecret, PARTITIONS: '4' };
  const api = startServer({ kind: 'api', port: 0, env: { ...process.env, ...env } });
  await expect(api).rejects.toThrow(
    /api ended by itself \(exit code 1\)[^]*PARTITIONS=8, and this process has PARTITIONS=4/,
  );
});

test('a worker that started without Redis ends when Redis turns out to be none for it', async () => {
  const first = await startRedis({ appendonly: false });
  const { port } = first;
  await first.stop();
  const worker = await startProcess({
    name: 'worker',
    command: 'npm',
    args: ['run', '--silent', 'worker'],
    cwd: ROOT,
    env: { ...process.env, REDIS_URL: `redis://127.0.0.1:${port}`, WORKER_PORT: '0' },
  });
  await untilReady(worker, () => worker.lines.some((line) => line.includes('answers probes')));
  const args = ['--maxmemory', '1gb', '--maxmemory-policy', 'allkeys-lru'];
  const unsafe = await startRedis({ port, args });
  expect(await worker.exited).toEqual({ code: 1, signal: null });
  expect(worker.lines).toContainEqual(
    expect.stringMatching(/^Herald does not start\. maxmemory-policy is allkeys-lru: /),
  );
  await unsafe.stop();
});
