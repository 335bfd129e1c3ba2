/** A full scan of Redis, written from the outside: what is there, whatever the product says of it. */
import { hostname } from 'node:os';
import { Redis } from 'ioredis';
import { inParallel } from '../support/sender.ts';
import type { Scan, StoredEvent } from './sources.ts';

const STATUSES = ['queued', 'processing', 'retrying', 'sent', 'failed'];
const AT_ONCE = 32;

/** How keys begin: `{herald:0}`, `{herald:1}` … */
export interface Layout {
  prefix: string;
  partitions: number;
}

const tagsOf = ({ prefix, partitions }: Layout) =>
  Array.from({ length: partitions }, (_, index) => `{${prefix}:${index}}`);

/** A connection of the referee's own, not through the proxy. It waits as long as Redis is away and then goes on. */
export function connectReferee(url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  // Redis is killed on purpose, again and again.
  redis.on('error', () => {});
  return redis;
}

/** Puts registration tokens where another system would: at `fcm:token:` and the user's id. */
export async function putTokens(redis: Redis, tokens: readonly (readonly [user: string, token: string])[]) {
  await redis.mset(tokens.flatMap(([user, token]) => [`fcm:token:${user}`, token]));
}

/** Events that a worker has begun and not recorded yet: of one process, or of all. */
export async function heldBy(redis: Redis, layout: Layout, pid: number | 'everybody'): Promise<string[]> {
  const owner = pid === 'everybody' ? '' : `${hostname()}-${pid}-`;
  const held = tagsOf(layout).map(async (tag) => {
    const ids = await redis.zrange(`${tag}:processing`, '0', '-1');
    // One that was settled meanwhile is packed into a string, and nobody's any more.
    const ownerOf = (id: string) => redis.hget(`${tag}:event:${id}`, 'owner').catch(() => null);
    const owners = await Promise.all(ids.map(ownerOf));
    return ids.filter((_, index) => owners[index]?.startsWith(owner));
  });
  return (await Promise.all(held)).flat().map(eventIdOf);
}

/**
 * `readEvent` tells what can be seen of an event by its id; the ids, and all that waits, come from Redis itself.
 */
export async function scan(
  redis: Redis,
  layout: Layout,
  readEvent: (eventId: string) => Promise<StoredEvent>,
): Promise<Scan> {
  const tags = tagsOf(layout);
  const members = async (name: string) => {
    const ids = await Promise.all(tags.map((tag) => redis.zrange(`${tag}:${name}`, '0', '-1')));
    return ids.flat().map(eventIdOf);
  };
  const indexes: Scan['indexes'] = {};
  for (const status of STATUSES) indexes[status] = await members(status);
  const streams = await Promise.all(
    tags.map(async (tag) => [
      await entriesOf(redis, `${tag}:stream`),
      await pendingOf(redis, `${tag}:stream`),
    ]),
  );
  return {
    events: await readEvents(redis, layout, readEvent),
    indexes,
    waiting: {
      stream: streams.flatMap(([entries]) => entries!),
      pending: streams.flatMap(([, pending]) => pending!),
      due: await members('due'),
    },
  };
}

async function entriesOf(redis: Redis, stream: string): Promise<string[]> {
  return (await redis.xrange(stream, '-', '+')).map(([, fields]) => eventIdOf(fields[1] ?? ''));
}

/** Entry ids of a stream that somebody was given and has not acknowledged, whatever the group is called. */
async function pendingOf(redis: Redis, stream: string): Promise<string[]> {
  if (!(await redis.exists(stream))) return [];
  const groups = (await redis.xinfo('GROUPS', stream)) as unknown[][];
  const found: string[] = [];
  for (const group of groups) {
    const name = String(group[group.indexOf('name') + 1]);
    const entries = (await redis.xpending(stream, name, '-', '+', 100_000)) as [id: string][];
    found.push(...entries.map(([id]) => `entry ${id}`));
  }
  return found;
}

/** Whatever looks like an event, also where no partition should be. */
async function readEvents(
  redis: Redis,
  { prefix }: Layout,
  readEvent: (eventId: string) => Promise<StoredEvent>,
): Promise<StoredEvent[]> {
  const keys = await keysLike(redis, `{${prefix}:*}:event:*`);
  const events: StoredEvent[] = [];
  await inParallel(keys.length, AT_ONCE, async (index) => {
    events.push(await readEvent(eventIdOf(keys[index]!.replace(/^\{.*?\}:event:/, ''))));
  });
  return events;
}

/** A record's id is its source, a slash and the sender's id. */
function eventIdOf(recordId: string): string {
  return recordId.slice(recordId.indexOf('/') + 1);
}

async function keysLike(redis: Redis, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  for (let cursor = '0'; ;) {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 10_000);
    for (const key of keys) found.add(key);
    if (next === '0') return [...found];
    cursor = next;
  }
}
