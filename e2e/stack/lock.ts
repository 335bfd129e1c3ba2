/**
 * One `npm start` per checkout: two would share one Redis directory. The file also names the children, so that what a
 * killed launcher left running can be ended before its successor starts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE } from './paths.ts';
import { Problem } from './problem.ts';
import { until } from './processes.ts';

/** A process, and a part of its command line by which it is told from a later one with the same number. */
interface Known {
  pid: number;
  commandLine: string;
  /** What the launcher gives its children that nobody else knows: where Redis and the simulator are. No secrets. */
  env?: Record<string, string>;
}

const FILE = join(STATE, 'running.json');
const known: Known[] = [];

export async function lock(): Promise<void> {
  mkdirSync(STATE, { recursive: true });
  const [launcher, ...children] = read();
  if (launcher && launcher.pid !== process.pid && isRunning(launcher)) {
    throw new Problem(
      `Herald is already running from this folder (process ${launcher.pid}): stop that one first.`,
    );
  }
  await Promise.all(children.filter(isRunning).map(end));
  rmSync(FILE, { force: true });
  remember(process.pid, 'start.mjs', 'wx');
}

export function remember(pid: number, commandLine: string, flag = 'w'): void {
  known.push({ pid, commandLine });
  writeFileSync(FILE, JSON.stringify(known), { flag });
}

/** Tells others where to find what this launcher has started. */
export function rememberEnvironment(env: Record<string, string>): void {
  known[0]!.env = env;
  writeFileSync(FILE, JSON.stringify(known));
}

/** What the `npm start` that runs from this checkout gives its children; null when none runs, or not yet. */
export function environmentHere(): Record<string, string> | null {
  const [launcher] = read();
  return launcher?.env && isRunning(launcher) ? launcher.env : null;
}

/** Does nothing when the lock is somebody else's. */
export function unlock(): void {
  if (known.length > 0) rmSync(FILE, { force: true });
}

function read(): Known[] {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    // No start before this one, or one that was cut short while writing.
    return [];
  }
}

function isRunning({ pid, commandLine }: Known): boolean {
  try {
    // Not every Linux has `ps`, and only Linux has /proc.
    const running =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        : execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
    return running.includes(commandLine);
  } catch {
    // There is no such process.
    return false;
  }
}

/** How long each signal is waited for, in ms. A Redis that is writing its first file forgets one; hence the second. */
const SIGNALS = [
  ['SIGTERM', 2000],
  ['SIGTERM', 18_000],
  ['SIGKILL', 5000],
] as const;

async function end(process_: Known): Promise<void> {
  for (const [signal, timeoutMs] of SIGNALS) {
    if (!isRunning(process_)) return;
    process.kill(process_.pid, signal);
    await until(() => !isRunning(process_), { timeoutMs }).catch(() => {
      // Still there: the next signal.
    });
  }
}
