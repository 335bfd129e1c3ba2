/**
 * One Redis among several: a master, a replica, a node of a cluster, or a sentinel. Its settings are in a file of its own,
 * because Sentinel and failovers rewrite them: what it was when it ended, it is when it starts again.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis } from './find-redis.ts';
import { Problem } from './problem.ts';
import { freePort, startProcess, until, untilReady, type RunningProcess } from './processes.ts';
import { pings } from './redis.ts';

export interface RedisNode {
  readonly port: number;
  /** The port of a cluster's bus. */
  readonly busPort: number;
  readonly url: string;
  readonly process: RunningProcess;
  /** Starts it again after `stop` or `kill`: same port, same data, same role, and `args` over its settings. */
  start(args?: string[]): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  /** It keeps its connections and answers nobody. */
  pause(): void;
  resume(): void;
  /** One command on a connection of its own. */
  ask(...command: (string | number)[]): Promise<unknown>;
}

export interface NodeOptions {
  /** Its own directory, made if need be. */
  dir: string;
  /** As in `redis.conf`, over those that Herald ships; a list repeats the setting. */
  settings?: Record<string, string | number | readonly string[]>;
  sentinel?: boolean;
  cluster?: boolean;
  /** For this and its replicas. */
  password?: string;
  logFile?: string;
  name?: string;
}

const SHIPPED = { save: '""', appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' };
/** A replica gets its first copy at once, and is heard of every second; a master that ends does not wait for one that is gone. */
const PROMPT = { 'repl-diskless-sync-delay': 0, 'repl-ping-replica-period': 1, 'shutdown-timeout': 0 };

/** How often a node is started at most, because somebody else may take a port before it does. */
const TRIES = 5;

export async function startNode(options: NodeOptions): Promise<RedisNode> {
  for (let tries = 1; ; tries++) {
    const node = await createNode(options);
    try {
      await node.start();
      return node;
    } catch (error) {
      await node.kill();
      const isTaken = node.process.lines.some((line) => line.includes('Address already in use'));
      if (!isTaken || tries === TRIES) throw error;
    }
  }
}

/** Starts several at once; all that were started are ended again when one cannot be. */
export async function startNodes(nodes: readonly NodeOptions[]): Promise<RedisNode[]> {
  const started = await Promise.allSettled(nodes.map(startNode));
  const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const each of started) {
    if (each.status === 'fulfilled') continue;
    await Promise.all(running.map((node) => node.kill()));
    throw each.reason;
  }
  return running;
}

async function createNode(options: NodeOptions): Promise<RedisNode> {
  const {
    dir,
    settings = {},
    sentinel = false,
    cluster = false,
    password,
    logFile,
    name = 'redis',
  } = options;
  const runner = findRedis();
  if (runner.kind !== 'server') throw new Problem('Several Redis together need a redis-server on the path.');
  // The default port of the cluster's bus, 10,000 above the other, may be out of range.
  const [port, busPort] = [await freePort(), await freePort()];
  const secret = password ? { requirepass: password, masterauth: password } : {};
  const all = {
    ...{ bind: '127.0.0.1', port, dir },
    ...(sentinel ? {} : { ...SHIPPED, ...PROMPT, ...secret }),
    ...(cluster ? { 'cluster-enabled': 'yes', 'cluster-port': busPort } : {}),
    ...settings,
  };
  const lines = Object.entries(all).flatMap(([key, value]) =>
    (Array.isArray(value) ? (value as string[]) : [value]).map((each) => `${key} ${each}`),
  );
  const file = join(dir, 'redis.conf');
  await mkdir(dir, { recursive: true });
  await writeFile(file, `${lines.join('\n')}\n`);

  let child: RunningProcess;
  return {
    port,
    busPort,
    url: password ? `redis://:${password}@127.0.0.1:${port}` : `redis://127.0.0.1:${port}`,
    get process() {
      return child;
    },
    async start(more = []) {
      const args = [file, ...(sentinel ? ['--sentinel'] : []), ...more];
      child = await startProcess({ name: `${name} ${port}`, command: runner.command, args, logFile });
      await untilReady(child, () => pings('127.0.0.1', port));
    },
    async stop() {
      // One that is paused would not hear of it.
      child.signal('SIGCONT');
      // Nor does one that is writing its first append-only file: then it must be told again.
      const again = setInterval(() => child.signal('SIGTERM'), 250);
      await child.stop().finally(() => clearInterval(again));
    },
    kill: async () => void (await child.kill()),
    pause: () => child.signal('SIGSTOP'),
    resume: () => child.signal('SIGCONT'),
    async ask(command, ...args) {
      const client = new Redis({ port, password, retryStrategy: null, commandTimeout: 5000 });
      // Told by the command, which fails.
      client.on('error', () => {});
      try {
        return await client.call(String(command), ...args);
      } finally {
        client.disconnect();
      }
    },
  };
}

/** Waits until a replica has its first copy and follows its master. */
export async function followsMaster(node: RedisNode): Promise<void> {
  await until(async () => String(await node.ask('INFO', 'replication')).includes('master_link_status:up'), {
    timeoutMs: 30_000,
    everyMs: 20,
  });
}

/** `master`, `slave` or `sentinel`; null while the node is away, or just given another role. */
export async function roleOf(node: RedisNode): Promise<string | null> {
  if (node.process.exit) return null;
  const answer = (await node.ask('ROLE').catch(() => null)) as unknown[] | null;
  return answer && String(answer[0]);
}
