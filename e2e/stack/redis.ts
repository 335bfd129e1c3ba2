/**
 * A private Redis on this machine, with the settings Herald ships: every write is in the append-only file before it
 * is acknowledged, and nothing is ever evicted. Tests that need no durability switch the file off.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from './find-redis.ts';
import { freePort, startProcess, untilReady, type Program, type RunningProcess } from './processes.ts';

export interface RedisOptions extends Partial<Omit<Program, 'command' | 'args'>> {
  /** Where its data lives; a temporary directory, removed at `stop()`, when left out. */
  dir?: string;
  /** Chosen by the system when left out. */
  port?: number;
  /** Whether data outlives the process; true unless said otherwise. */
  appendonly?: boolean;
  /** Further settings, which win over those that Herald ships. */
  settings?: Record<string, string>;
  /** Told when a Redis has to be installed first. */
  say?: (line: string) => void;
}

export interface RunningRedis {
  url: string;
  port: number;
  process: RunningProcess;
  /** Ends it properly, data on disk; a temporary directory goes with it. */
  stop(): Promise<void>;
  /** Ends it as a crash would. Its directory stays. */
  kill(): Promise<void>;
}

const IMAGE = 'redis:8-alpine';

export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const {
    dir: given,
    port = await freePort(),
    appendonly = true,
    settings: more = {},
    say,
    ...program
  } = options;
  const runner = findRedis(say);
  const dir = given ?? (await mkdtemp(join(tmpdir(), 'herald-redis-')));
  await mkdir(dir, { recursive: true });
  const container = runner.kind === 'docker' ? new Container(runner.command, dir) : null;
  // One that a crash left behind.
  container?.remove();

  const child = await startProcess({
    name: 'redis',
    ...program,
    command: runner.command,
    args: [...(container?.runOn(port) ?? serverOn(port, dir)), ...settings(appendonly), ...argsOf(more)],
  });
  // An image may have to be fetched first.
  await untilReady(child, () => pings('127.0.0.1', port), container ? 300_000 : 60_000);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    process: child,
    async stop() {
      await child.stop();
      if (!given) await rm(dir, { recursive: true, force: true });
    },
    async kill() {
      container?.remove();
      await child.kill();
    },
  };
}

function settings(appendonly: boolean): string[] {
  return [
    ...['--save', ''],
    ...['--appendonly', appendonly ? 'yes' : 'no'],
    ...['--appendfsync', 'always'],
    ...['--maxmemory-policy', 'noeviction'],
  ];
}

function argsOf(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

function serverOn(port: number, dir: string): string[] {
  return ['--bind', '127.0.0.1', '--protected-mode', 'yes', '--port', String(port), '--dir', dir];
}

class Container {
  readonly #docker: string;
  readonly #dir: string;
  readonly #name: string;

  constructor(docker: string, dir: string) {
    this.#docker = docker;
    this.#dir = dir;
    this.#name = `herald-redis-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;
  }

  /** Published on this machine's loopback only, which is why Redis inside may listen to everyone. */
  runOn(port: number): string[] {
    const user = process.getuid ? ['--user', `${process.getuid()}:${process.getgid?.()}`] : [];
    const bridge = ['--publish', `127.0.0.1:${port}:6379`, '--volume', `${this.#dir}:/data`];
    return [
      'run',
      '--rm',
      '--name',
      this.#name,
      ...user,
      ...bridge,
      IMAGE,
      'redis-server',
      '--protected-mode',
      'no',
    ];
  }

  remove(): void {
    spawnSync(this.#docker, ['rm', '--force', this.#name], { stdio: 'ignore' });
  }
}

/** Whether a Redis there takes commands. One that asks for a password does; one that is still loading does not. */
export function pings(host: string, port: number, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const answer = (up: boolean) => {
      socket.destroy();
      resolve(up);
    };
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (reply) => answer(/^(\+PONG|-NOAUTH)/.test(reply.toString('latin1'))));
    socket.on('timeout', () => answer(false));
    socket.on('error', () => answer(false));
    socket.on('close', () => answer(false));
  });
}
