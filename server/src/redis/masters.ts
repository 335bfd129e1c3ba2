import Redis, { Cluster } from 'ioredis';
import type { RedisClient } from './connections';

/** The servers that hold the keys: the only one, or every master of a cluster. */
export function masters(client: RedisClient): Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

/** How many slots of a server's table one SCAN looks through; a fraction of a millisecond. */
const SCANNED_AT_ONCE = 500;

/**
 * Pages of all keys that match a glob pattern, on all servers. A key that is there from beginning to end is given at
 * least once, and perhaps several times; one that comes or goes meanwhile may be given or not.
 */
export async function* keysMatching(client: RedisClient, pattern: string): AsyncGenerator<string[]> {
  for (const server of masters(client)) {
    for (let cursor: string | undefined; cursor !== '0';) {
      const reply: [string, string[]] = await server.scan(
        cursor ?? '0',
        'MATCH',
        pattern,
        'COUNT',
        SCANNED_AT_ONCE,
      );
      cursor = reply[0];
      if (reply[1].length > 0) yield reply[1];
    }
  }
}
