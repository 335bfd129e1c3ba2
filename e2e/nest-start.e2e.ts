/** `npx nest start` from source, with whatever Node the machine has of its own. */
import { delimiter } from 'node:path';
import { expect, test } from '@playwright/test';
import { ROOT } from './stack/paths.ts';
import { answers, freePort, startProcess, untilReady, type RunningProcess } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';

let stack: Stack;
let started: RunningProcess | undefined;

test.beforeEach(async () => {
  stack = await startStack({ workers: 0 });
});

test.afterEach(async () => {
  if (started && !started.exit) {
    // npx and nest's shell do not pass signals on: the whole group is meant.
    process.kill(-started.pid, 'SIGTERM');
    await started.exited;
  }
  await stack.stop();
});

for (const [kind, port] of [
  ['api', 'PORT'],
  ['worker', 'WORKER_PORT'],
] as const) {
  test(`npx nest start ${kind} comes up and answers probes`, async () => {
    // It compiles everything first, beside whatever else the machine does.
    test.setTimeout(180_000);
    const free = String(await freePort());
    started = await startProcess({
      name: `nest start ${kind}`,
      command: 'npx',
      args: ['nest', 'start', kind],
      cwd: ROOT,
      detached: true,
      env: {
        HOME: process.env.HOME,
        PATH: pathWithoutOurs(),
        REDIS_URL: stack.redis.url,
        WEBHOOK_SECRET: stack.webhookSecret,
        SHUTDOWN_DELAY_MS: '0',
        [port]: free,
      },
    });
    const health = `http://127.0.0.1:${free}/api/health`;
    await untilReady(started, () => answers(`${health}/ready`), 150_000);
    expect(await (await fetch(health)).json()).toMatchObject({ ok: true, redis: 'up' });
    expect(started.lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });
}

/** Without the Node that `npm run` puts first. */
function pathWithoutOurs(): string {
  const parts = process.env.PATH?.split(delimiter) ?? [];
  return parts.filter((part) => !part.includes('node_modules')).join(delimiter);
}
