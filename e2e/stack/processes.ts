/**
 * Running programs: start one, read its log, wait for what it promises, end it. Shared by `npm start`, the end-to-end
 * tests and the benchmarks. Whatever is started here is ended with this process at the latest.
 */
import { spawn } from 'node:child_process';
import { closeSync, createWriteStream, mkdirSync, openSync, type WriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from './problem.ts';

export interface Program {
  /** For people: the log's prefix and the subject of every complaint. */
  name: string;
  command: string;
  args: string[];
  /** The whole environment; this process' own when left out. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** A process group of its own, so that Ctrl-C in the terminal reaches only the one who started it. */
  detached?: boolean;
  /** Every line is also written here, after what is there. */
  logFile?: string;
  /** What it says goes into `logFile` without passing through this process, which then knows none of its lines. */
  direct?: boolean;
  onLine?: (line: string) => void;
  /** Called as soon as it runs, long before it is ready. */
  onStart?: (child: RunningProcess) => void;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  /** Null while the process runs. */
  readonly exit: Exit | null;
  /** Its last lines, standard output and error together, oldest first. */
  readonly lines: readonly string[];
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, insists after `graceMs`. */
  stop(graceMs?: number): Promise<Exit>;
  /** Ends it as a crash would. */
  kill(): Promise<Exit>;
}

const LINES_KEPT = 5000;
const alive = new Set<RunningProcess>();
process.on('exit', () => alive.forEach((child) => child.signal('SIGKILL')));

export async function startProcess(program: Program): Promise<RunningProcess> {
  const output = program.direct && program.logFile ? descriptorOf(program.logFile) : 'pipe';
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    detached: program.detached,
    env: program.env,
    stdio: ['ignore', output, output],
  });
  if (typeof output === 'number') closeSync(output);
  const lines: string[] = [];
  const log = program.logFile && !program.direct ? appendTo(program.logFile) : undefined;
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (lines.push(line) > LINES_KEPT) lines.shift();
      log?.write(`${line}\n`);
      program.onLine?.(line);
    });
  }

  let exit: Exit | null = null;
  const exited = new Promise<Exit>((resolve) => {
    // `close` comes after the last line was read, `exit` may come before.
    child.once('close', (code, signal) => {
      exit = { code, signal };
      alive.delete(running);
      log?.end();
      resolve(exit);
    });
  });
  const running: RunningProcess = {
    name: program.name,
    get pid() {
      return child.pid!;
    },
    get exit() {
      return exit;
    },
    exited,
    lines,
    signal: (signal) => void child.kill(signal),
    async stop(graceMs = 15_000) {
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
      return exited.finally(() => clearTimeout(insist));
    },
    async kill() {
      child.kill('SIGKILL');
      return exited;
    },
  };
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(new Problem(`${program.name} cannot be started: ${error.message}`)),
    );
  });
  alive.add(running);
  program.onStart?.(running);
  return running;
}

function appendTo(file: string): WriteStream {
  mkdirSync(dirname(file), { recursive: true });
  return createWriteStream(file, { flags: 'a' });
}

function descriptorOf(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, 'a');
}

/** Polls until `condition` gives something other than false, null or undefined. Throws what `giveUp` says. */
export async function until<T>(
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  { timeoutMs = 15_000, everyMs = 50, giveUp = () => new Error('timed out') as Error } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value;
    if (performance.now() > deadline) throw giveUp();
    await delay(everyMs);
  }
}

/** Waits until `condition` holds for a process; fails at once, with its last lines, when the process ends instead. */
export function untilReady<T>(
  child: RunningProcess,
  condition: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  return until(
    async () => {
      const value = await condition();
      if (!value && child.exit) throw new Problem(obituary(child));
      return value;
    },
    {
      timeoutMs,
      giveUp: () =>
        new Problem(`${child.name} is not ready after ${timeoutMs / 1000} s.\n${lastLines(child)}`),
    },
  );
}

/** True when `url` answers with a success; false for any other answer, or none. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Nobody listens there yet.
    return false;
  }
}

export function obituary(child: RunningProcess): string {
  const how = child.exit?.signal ? `signal ${child.exit.signal}` : `exit code ${child.exit?.code}`;
  return `${child.name} ended by itself (${how}).\n${lastLines(child)}`;
}

export function lastLines(child: RunningProcess, count = 30): string {
  return child.lines.slice(-count).join('\n');
}

/** A port nobody listens on, chosen by the system. */
export async function freePort(): Promise<number> {
  return (await tryPort(0))!;
}

/** `wanted`, or the next port above it that is free and not in `taken`. */
export async function nextFreePort(wanted: number, taken: number[] = []): Promise<number> {
  for (let port = wanted; port < wanted + 100; port++) {
    if (!taken.includes(port) && (await tryPort(port))) return port;
  }
  throw new Problem(`No port is free from ${wanted} to ${wanted + 99}.`);
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '0.0.0.0', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}
