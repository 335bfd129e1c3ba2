/** What can happen to Redis or on the way to it, one row each: how to make it, how to end it, what to expect meanwhile. */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../stack/processes.ts';
import type { Stage } from './stage.ts';

export interface Trouble {
  name: string;
  /** Resolves when it has surely begun; what it gives ends it. */
  make(stage: Stage): Promise<() => Promise<unknown>>;
  /** What webhooks get meanwhile: all a 503, all a success, or one or the other. */
  meanwhile: 'refused' | 'accepted' | 'either';
  /** Whether an event whose webhook was refused can be there nevertheless: never when left out, or some surely are. */
  refusedIsStored?: 'perhaps' | 'some';
  /** How long it lasts, in ms. */
  lastsMs: number;
  /** Why an event may be sent a second time, where that cannot be helped. */
  mayRepeat?: string;
  /** Why events taken in before may be lost, where that cannot be helped. */
  mayLose?: string;
}

/** Does something every so many ms until it is ended. */
function pulses(everyMs: number, pulse: () => Promise<unknown>): () => Promise<void> {
  let isOver = false;
  const done = (async () => {
    while (!isOver) {
      await pulse();
      await delay(everyMs);
    }
  })();
  return () => ((isOver = true), done);
}

/** Commands that Redis has to load besides. */
const FILLERS = 6000;

export const TROUBLES: Trouble[] = [
  {
    name: 'a restart',
    async make({ stack }) {
      await stack.redis.stop();
      return () => stack.redis.start();
    },
    meanwhile: 'refused',
    refusedIsStored: 'perhaps',
    lastsMs: 1000,
  },
  {
    name: 'kill -9',
    async make({ stack }) {
      await stack.redis.kill();
      return () => stack.redis.start();
    },
    meanwhile: 'refused',
    refusedIsStored: 'perhaps',
    lastsMs: 1000,
  },
  {
    name: 'LOADING',
    async make({ stack, redis, redisAll }) {
      await redisAll(Array.from({ length: FILLERS }, (_, index) => ['set', `filler:${index}`, 'x']));
      await redisAll(Array.from({ length: FILLERS }, (_, index) => ['del', `filler:${index}`]));
      await stack.redis.stop();
      // Every command of the append-only file takes that many microseconds longer: five seconds in all.
      const started = stack.redis.start(['--key-load-delay', '400']);
      await until(async () => String(await redis('GET', 'x').catch(String)).includes('LOADING'), {
        timeoutMs: 5000,
      });
      return async () => {
        await redis('CONFIG', 'SET', 'key-load-delay', 0);
        await started;
      };
    },
    meanwhile: 'refused',
    refusedIsStored: 'perhaps',
    lastsMs: 2000,
  },
  {
    name: 'FLUSHALL',
    async make({ redis }) {
      await redis('FLUSHALL');
      return () => Promise.resolve();
    },
    meanwhile: 'accepted',
    lastsMs: 1000,
    mayLose: 'everything is deleted',
  },
  {
    name: 'every consumer group destroyed',
    async make({ redis }) {
      const groups = Array.from({ length: 8 }, (_, partition) =>
        redis('XGROUP', 'DESTROY', `{herald:${partition}}:stream`, 'herald'),
      );
      await Promise.all(groups);
      return () => Promise.resolve();
    },
    meanwhile: 'accepted',
    lastsMs: 1000,
    mayRepeat: 'what was under way is handed out again',
  },
  {
    name: 'SCRIPT FLUSH every 50 ms',
    make: async ({ redis }) => pulses(50, () => redis('SCRIPT', 'FLUSH')),
    meanwhile: 'accepted',
    lastsMs: 2000,
  },
  {
    name: 'CLIENT KILL every 200 ms',
    make: async ({ redis }) => pulses(200, () => redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')),
    meanwhile: 'either',
    refusedIsStored: 'perhaps',
    lastsMs: 3000,
  },
  {
    name: 'CLIENT PAUSE',
    async make({ redis }) {
      await redis('CLIENT', 'PAUSE', 2500, 'ALL');
      return () => redis('PING');
    },
    meanwhile: 'refused',
    refusedIsStored: 'perhaps',
    lastsMs: 2300,
  },
  {
    name: 'SIGSTOP',
    async make({ stack }) {
      stack.redis.pause();
      return async () => stack.redis.resume();
    },
    meanwhile: 'refused',
    refusedIsStored: 'perhaps',
    lastsMs: 3000,
  },
  {
    name: 'a read-only replica',
    async make({ redis }) {
      // Nobody listens on port 1, so that it keeps what it has.
      await redis('REPLICAOF', '127.0.0.1', 1);
      return () => redis('REPLICAOF', 'NO', 'ONE');
    },
    meanwhile: 'refused',
    lastsMs: 2000,
  },
  {
    name: 'no memory left',
    async make({ redis }) {
      await redis('CONFIG', 'SET', 'maxmemory', 1);
      return () => redis('CONFIG', 'SET', 'maxmemory', 0);
    },
    meanwhile: 'refused',
    lastsMs: 2000,
  },
  {
    name: 'a full disk, fsync always: Redis gives up',
    async make({ stack, fillDisk }) {
      await fillDisk(true);
      await stack.redis.process.exited;
      return () => stack.redis.start();
    },
    meanwhile: 'refused',
    refusedIsStored: 'perhaps',
    lastsMs: 1000,
  },
  {
    name: 'a full disk, fsync every second: Redis refuses to write',
    async make({ redis, fillDisk }) {
      await redis('CONFIG', 'SET', 'appendfsync', 'everysec');
      await fillDisk(true);
      await until(async () => String(await redis('INFO', 'persistence')).includes('write_status:err'));
      return async () => {
        await fillDisk(false);
        await until(() => redis('CONFIG', 'SET', 'appendfsync', 'always').catch(() => false));
      };
    },
    meanwhile: 'refused',
    lastsMs: 2000,
  },
  {
    // Under `always` Redis stands still while it waits for the disk.
    name: 'a disk that takes 400 ms for an fsync',
    make: async ({ stack }) =>
      pulses(50, async () => {
        stack.redis.pause();
        await delay(400);
        stack.redis.resume();
      }),
    meanwhile: 'either',
    refusedIsStored: 'perhaps',
    lastsMs: 3000,
  },
  {
    name: 'every answer to taking in cut off after execution',
    async make({ link }) {
      link.only = 'accepted';
      link.mode = 'cut_after_reply_dropped';
      return async () => {
        link.mode = 'pass';
        link.only = '';
      };
    },
    meanwhile: 'refused',
    refusedIsStored: 'some',
    lastsMs: 2000,
  },
  {
    name: 'any answer cut off after execution',
    async make({ link }) {
      return pulses(100, async () => {
        const { dropped } = link;
        link.mode = 'cut_after_reply_dropped';
        await until(() => link.dropped > dropped, { everyMs: 1 });
        link.mode = 'pass';
      });
    },
    meanwhile: 'either',
    refusedIsStored: 'perhaps',
    lastsMs: 3000,
  },
  {
    name: 'a link that swallows everything',
    async make({ link }) {
      link.mode = 'swallow';
      return async () => void (link.mode = 'pass');
    },
    meanwhile: 'refused',
    refusedIsStored: 'perhaps',
    lastsMs: 3000,
  },
];
