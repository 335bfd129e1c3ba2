/** `npm start` as a new user meets it, with a state of its own so that a Herald running from this folder is left alone. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { NODE, ROOT } from './paths.ts';
import { answers, freePort, startProcess, until, untilReady, type RunningProcess } from './processes.ts';

const run = promisify(execFile);

/** Of the developer's own settings, which would lead elsewhere; empty counts as not set, for `.env` too. */
const NEUTRAL = Object.fromEntries(
  [
    'REDIS_URL',
    'WEBHOOK_SECRET',
    'ADMIN_TOKEN',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'FIREBASE_CLIENT_EMAIL',
  ].map((name) => [name, '']),
);

let state: string;
let env: NodeJS.ProcessEnv;
const started: RunningProcess[] = [];

test.beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'herald-start-'));
  const ports = { PORT: String(await freePort()), WORKER_PORT: String(await freePort()) };
  env = { ...process.env, ...NEUTRAL, ...ports, HERALD_STATE: state };
});

test.afterEach(async () => {
  for (const npm of started.splice(0)) if (!npm.exit) await ctrlC(npm);
  await rm(state, { recursive: true, force: true });
});

test('npm start brings up everything, outlives a crash with its events, and Ctrl-C ends it all', async () => {
  const first = await npmStart();
  const [, signed, fresh] = /^(curl .*)$[^]*?^(B=.*)$/m.exec(said(first)) ?? [];
  expect(await paste(signed)).toMatchObject({ status: 202, body: { status: 'queued' } });
  expect(await paste(signed)).toMatchObject({ status: 200, body: { status: 'duplicate' } });
  expect(await paste(signed?.replace('user-1', 'user-2'))).toMatchObject({ status: 401 });
  expect(await paste(fresh)).toMatchObject({ status: 202 });
  await until(async () => (await events()).every(({ status }) => status === 'sent'));

  // It finds what `npm start` has brought up by itself.
  const { stdout } = await run('npm', ['run', '--silent', 'doctor'], { cwd: ROOT, env });
  expect(stdout).toContain('balanced: 2 taken in');

  const second = await launch();
  expect(await second.exited).toMatchObject({ code: 1 });
  expect(said(second)).toContain('Herald is already running from this folder');

  const [launcher, ...orphans] = await pids();
  process.kill(launcher!, 'SIGKILL');
  await first.exited;
  expect(orphans.filter(isAlive)).toHaveLength(4);
  const third = await npmStart();
  expect(orphans.filter(isAlive)).toEqual([]);
  expect(await events()).toHaveLength(2);

  const everybody = await pids();
  await ctrlC(third);
  expect(said(third)).toContain('Herald has stopped');
  expect(everybody.filter(isAlive)).toEqual([]);
});

test('a child that ends by itself is named, and ends the rest', async () => {
  const launcher = await npmStart();
  const everybody = await pids();
  process.kill(everybody.at(-1)!, 'SIGKILL');
  expect(await launcher.exited).toMatchObject({ code: 1 });
  expect(said(launcher)).toMatch(/(api|worker) ended by itself \(signal SIGKILL\)/);
  expect(everybody.filter(isAlive)).toEqual([]);
});

test('a port that is taken is replaced by the next free one', async () => {
  env.WORKER_PORT = env.PORT;
  const launcher = await npmStart();
  const [, port] = new RegExp(`Port ${env.PORT} is taken: the worker uses (\\d+)`).exec(said(launcher)) ?? [];
  expect(await answers(`http://127.0.0.1:${port}/api/health/ready`)).toBe(true);
});

test('without any Redis one sentence says what to do', async () => {
  const launcher = await launch({ PATH: state });
  expect(await launcher.exited).toMatchObject({ code: 1 });
  expect(launcher.lines.filter(Boolean)).toEqual([expect.stringMatching(/^Herald needs Redis .* Install /)]);
});

test('a REDIS_URL where nobody answers is named', async () => {
  const launcher = await launch({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` });
  expect(await launcher.exited).toMatchObject({ code: 1 });
  expect(said(launcher)).toContain('REDIS_URL is set, but no Redis answers at 127.0.0.1');
});

/** `npm start` as a shell runs it: a process group of its own, to which Ctrl-C goes. */
async function npmStart(): Promise<RunningProcess> {
  const npm = await startProcess({
    name: 'npm start',
    command: 'npm',
    args: ['start'],
    cwd: ROOT,
    env,
    detached: true,
  });
  started.push(npm);
  await untilReady(npm, () => said(npm).includes('Ctrl-C stops everything'));
  return npm;
}

/** The terminal tells the whole group. npm waits for the launcher, then says that it was interrupted itself. */
async function ctrlC(npm: RunningProcess): Promise<void> {
  process.kill(-npm.pid, 'SIGINT');
  await npm.exited;
}

function launch(more: NodeJS.ProcessEnv = {}): Promise<RunningProcess> {
  const args = [join(ROOT, 'e2e/stack/start.mjs')];
  return startProcess({ name: 'launcher', command: NODE, args, cwd: ROOT, env: { ...env, ...more } });
}

function said(launcher: RunningProcess): string {
  return launcher.lines.join('\n');
}

/** What the shell makes of a printed line. */
async function paste(line: string | undefined): Promise<{ status: number; body: unknown }> {
  const { stdout } = await run('bash', ['-c', line ?? 'exit 1'], { cwd: ROOT });
  const [head, body] = stdout.split('\r\n\r\n');
  return { status: Number(head?.split(' ')[1]), body: JSON.parse(body ?? '') };
}

async function events(): Promise<{ status: string }[]> {
  const { ADMIN_TOKEN } = JSON.parse(await readFile(join(state, 'secrets.json'), 'utf8'));
  // A process of its own: a connection kept from before a crash would be found closed.
  const url = `http://127.0.0.1:${env.PORT}/api/admin/events`;
  const { stdout } = await run('curl', ['-sS', '-H', `authorization: Bearer ${ADMIN_TOKEN}`, url]);
  return (JSON.parse(stdout) as { items: { status: string }[] }).items;
}

/** The launcher's first, then its children's. */
async function pids(): Promise<number[]> {
  const running = JSON.parse(await readFile(join(state, 'running.json'), 'utf8')) as { pid: number }[];
  return running.map(({ pid }) => pid);
}

/** One that has ended and that nobody has asked for its exit code yet has no command line any more. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    // There is no such process.
    return false;
  }
}
