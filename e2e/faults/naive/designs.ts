/**
 * Designs that look right, work every day and lose or repeat events: the checker must find them out, or it proves nothing.
 * Each is wrong in one place only, and the sound one beside them is not, so that it must get through.
 */
import type { Redis } from 'ioredis';

const TAG = '{naive:0}';
export const LAYOUT = { prefix: 'naive', partitions: 1 };
export const KEYS = { stream: `${TAG}:stream`, counters: `${TAG}:counters` };
export const GROUP = 'naive';
export const eventKey = (id: string) => `${TAG}:event:${id}`;
export const indexKey = (status: string) => `${TAG}:${status}`;

export type TakenIn = 'queued' | 'duplicate';

export interface Design {
  /** Where it goes wrong. */
  flaw: string;
  /** The rule that must find it out; null for the one without a flaw. */
  caughtBy: string | null;
  takeIn(redis: Redis, id: string, userId: string): Promise<TakenIn>;
  acksBeforeSending: boolean;
}

export const DESIGNS = {
  'exists-set-add': {
    flaw: 'asks whether the id was seen, then stores it: two at the same moment are both new',
    caughtBy: 'accepted once',
    acksBeforeSending: false,
    async takeIn(redis, id, userId) {
      if (await redis.exists(eventKey(id))) return count(redis, 'duplicate');
      await redis.hset(eventKey(id), newRecord(userId));
      await add(redis, id);
      return count(redis, 'queued');
    },
  },
  'set-then-add': {
    flaw: 'stores the id, then queues the event: a crash in between makes a duplicate of what was never queued',
    caughtBy: 'nothing acknowledged is lost',
    acksBeforeSending: false,
    async takeIn(redis, id, userId) {
      if (!(await redis.hsetnx(eventKey(id), 'status', 'queued'))) return count(redis, 'duplicate');
      await redis.hset(eventKey(id), newRecord(userId));
      await add(redis, id);
      return count(redis, 'queued');
    },
  },
  'ack-before-send': {
    flaw: 'acknowledges the entry, then sends: a crash in between forgets the event',
    caughtBy: 'nothing acknowledged is lost',
    acksBeforeSending: true,
    takeIn: takeInAtOnce,
  },
  'one script, ack after send': {
    flaw: 'none',
    caughtBy: null,
    acksBeforeSending: false,
    takeIn: takeInAtOnce,
  },
} satisfies Record<string, Design>;
export type DesignName = keyof typeof DESIGNS;

const newRecord = (user: string) => ({
  status: 'queued',
  attempts: 0,
  error: '',
  user,
  history: '',
});

async function add(redis: Redis, id: string): Promise<void> {
  await redis.zadd(indexKey('queued'), Date.now(), id);
  await redis.xadd(KEYS.stream, '*', 'id', id);
}

async function count(redis: Redis, answer: TakenIn): Promise<TakenIn> {
  await redis.hincrby(KEYS.counters, 'received', 1);
  if (answer === 'duplicate') await redis.hincrby(KEYS.counters, 'deduped', 1);
  return answer;
}

const TAKE_IN = `
  redis.call('HINCRBY', KEYS[4], 'received', 1)
  if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HINCRBY', KEYS[4], 'deduped', 1)
    return 'duplicate'
  end
  redis.call('HSET', KEYS[1], 'status', 'queued', 'attempts', 0, 'error', '', 'user', ARGV[2], 'history', '')
  redis.call('ZADD', KEYS[2], 0, ARGV[1])
  redis.call('XADD', KEYS[3], '*', 'id', ARGV[1])
  return 'queued'`;

async function takeInAtOnce(redis: Redis, id: string, userId: string): Promise<TakenIn> {
  const keys = [eventKey(id), indexKey('queued'), KEYS.stream, KEYS.counters];
  return (await redis.eval(TAKE_IN, keys.length, ...keys, id, userId)) as TakenIn;
}
