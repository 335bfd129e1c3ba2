/** The product with a Redis that can be maltreated in every way, and a link to it that can, too. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startStack, type Stack } from '../stack/stack.ts';
import { RedisProxy } from '../support/redis-proxy.ts';

export interface Stage {
  stack: Stack;
  link: RedisProxy;
  /** Says something to Redis, past the link. */
  redis(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** Sends many commands at once, past the link. */
  redisAll(commands: [command: string, ...args: string[]][]): Promise<void>;
  /** Redis' disk has not a byte left, as far as Redis can tell; null: it has again. */
  fillDisk(full: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Without this a file that is too long kills whoever writes it, instead of giving an error like a full disk's. */
const SURVIVES_FULL_FILES = ['sh', '-c', `trap '' XFSZ; exec "$0" "$@"`];

export async function setStage(env: Record<string, string>): Promise<Stage> {
  let link: RedisProxy | undefined;
  const stack = await startStack({
    env,
    topology: 'single',
    redis: { under: SURVIVES_FULL_FILES },
    redisLink: async (url) => (link = await RedisProxy.start(url)).url,
  });
  const connected = async <T>(work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(stack.redis.url, {
      retryStrategy: null,
      lazyConnect: true,
      enableReadyCheck: false,
    });
    client.on('error', () => {
      // The command says it, too.
    });
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  };
  return {
    stack,
    link: link!,
    redis: (command, ...args) => connected((client) => client.call(command, ...args)),
    redisAll: (commands) => connected(async (client) => void (await client.pipeline(commands).exec())),
    async fillDisk(full) {
      const dir = String(((await connected((client) => client.config('GET', 'dir'))) as string[])[1]);
      limitFiles(stack.redis.process.pid, full ? sizeOfAppendOnlyFile(dir) : null);
    },
    async stop() {
      await stack.stop();
      await link?.stop();
    },
  };
}

/** Bytes of the part of the append-only file that is being written. */
function sizeOfAppendOnlyFile(dir: string): number {
  const parts = readdirSync(join(dir, 'appendonlydir')).filter((name) => name.endsWith('.incr.aof'));
  return Math.max(...parts.map((name) => statSync(join(dir, 'appendonlydir', name)).size));
}

/** A limit on the length of files looks to a process like a full disk, and takes neither root nor a disk of its own. */
function limitFiles(pid: number, bytes: number | null): void {
  const { error, status, stderr } = spawnSync('prlimit', [
    `--pid=${pid}`,
    `--fsize=${bytes ?? 'unlimited'}:unlimited`,
  ]);
  if (error || status !== 0)
    throw new Error(
      'A full disk is tested by a limit on the length of files, set with prlimit (util-linux, so Linux only), and that failed: ' +
        String(error ?? stderr),
    );
}
