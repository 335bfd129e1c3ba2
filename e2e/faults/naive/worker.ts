/** The worker of every naive design: it begins, sends and records; what its process had in hand when it died it begins again. */
import { hostname } from 'node:os';
import type { Redis } from 'ioredis';
import type { Attempt } from '../sources.ts';
import { type Design, eventKey, GROUP, indexKey, KEYS } from './designs.ts';

/** Like Herald's, it begins with host and process id. */
const OWNER = `${hostname()}-${process.pid}-naive`;
const AT_ONCE = 100;
const MOST_UNDER_WAY = 200;

type Reply = [stream: string, entries: [id: string, fields: string[] | null][]][] | null;

export interface WorkerParts {
  redis: Redis;
  /** A connection of its own for blocking reads. */
  reader: Redis;
  /** The same after a restart. */
  consumer: string;
  design: Design;
  /** Answers when FCM took the message, rejects otherwise. */
  send(eventId: string, userId: string): Promise<void>;
}

export async function work({ redis, reader, consumer, design, send }: WorkerParts): Promise<never> {
  await redis.xgroup('CREATE', KEYS.stream, GROUP, '0', 'MKSTREAM').catch(() => {
    // It is there already.
  });
  const underWay = new Set<Promise<void>>();
  const read = (after: string) =>
    reader.xreadgroup(
      'GROUP',
      GROUP,
      consumer,
      'COUNT',
      AT_ONCE,
      'BLOCK',
      200,
      'STREAMS',
      KEYS.stream,
      after,
    );
  const take = (reply: Reply) => {
    const entries = reply?.[0]?.[1] ?? [];
    for (const [entry, fields] of entries) {
      // Left pending until the next start.
      const task = one(entry, fields?.[1] ?? '').catch(console.error);
      void task.finally(() => underWay.delete(task));
      underWay.add(task);
    }
    return entries.at(-1)?.[0];
  };
  const one = async (entry: string, id: string) => {
    const { user, history } = await begin(redis, id);
    if (design.acksBeforeSending) await drop(redis, entry).exec();
    const started = Date.now();
    await send(id.slice(id.indexOf('/') + 1), user);
    const line = lineOf({ started, outcome: 'delivered', code: '', counted: true });
    await drop(redis, entry)
      .zrem(indexKey('processing'), id)
      .zadd(indexKey('sent'), started, id)
      .hincrby(eventKey(id), 'attempts', 1)
      .hset(eventKey(id), { status: 'sent', owner: '', history: `${history}${line}\n` })
      .hincrby(KEYS.counters, 'sent', 1)
      .exec();
  };

  for (let after: string | undefined = '0'; after;) after = take((await read(after)) as Reply);
  for (;;) {
    if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
    take((await read('>')) as Reply);
  }
}

/** Tells of the attempt that a crash cut short, as Herald does. */
async function begin(redis: Redis, id: string): Promise<{ user: string; history: string }> {
  const [status, user, before] = await redis.hmget(eventKey(id), 'status', 'user', 'history');
  const lost = lineOf({ started: Date.now(), outcome: 'unknown', code: 'worker_lost', counted: false });
  const history = (before ?? '') + (status === 'processing' ? `${lost}\n` : '');
  const moving = redis
    .multi()
    .zrem(indexKey('queued'), id)
    .zadd(indexKey('processing'), Date.now(), id)
    .hset(eventKey(id), { status: 'processing', owner: OWNER, history });
  if (status === 'processing') moving.hincrby(eventKey(id), 'attempts', 1);
  await moving.exec();
  return { user: user ?? '', history };
}

const drop = (redis: Redis, entry: string) =>
  redis.multi().xack(KEYS.stream, GROUP, entry).xdel(KEYS.stream, entry);

const lineOf = (attempt: Omit<Attempt, 'kind'>) => JSON.stringify({ kind: 'attempt', ...attempt });
