import { EVENT_STATUSES } from '../src/contract';
import { toldBy } from '../src/events/changes';
import type { Keyspace, Partition } from '../src/events/keys';
import { auditBooks } from '../src/queue/audit';
import { sentenceOf } from '../src/queue/mistakes';
import type { RedisClient } from '../src/redis/connections';

/**
 * What the audit finds, and every event whose last status the live updates were not told of; that the audit cannot ask,
 * because their log is capped. One sentence each: none, when the queue did its work.
 */
export async function mistakesInBooks(redis: RedisClient, keyspace: Keyspace): Promise<string[]> {
  const { mistakes } = await auditBooks(redis, keyspace);
  const untold = await Promise.all(keyspace.partitions.map((each) => untoldIn(redis, each)));
  return [...mistakes.map(sentenceOf), ...untold.flat()];
}

async function untoldIn(redis: RedisClient, { index, keys }: Partition): Promise<string[]> {
  const changes = await redis.xrange(keys.changes, '-', '+');
  const told = new Map(changes.flatMap(toldBy).map(({ id, status }) => [id, status]));
  const untold: string[] = [];
  for (const status of EVENT_STATUSES)
    for (const id of await redis.zrange(keys[status], '0', '-1'))
      if (told.get(id) !== status)
        untold.push(`partition ${index}: ${id} is ${status}, but last told as ${told.get(id)}`);
  return untold;
}
