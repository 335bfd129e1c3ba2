import { randomBytes } from 'node:crypto';
import { Keyspace } from '../src/events/keys';
import { type RedisClient, RedisConnections } from '../src/redis/connections';
import { until } from './until';

export interface TestRedis {
  readonly url: string;
  readonly connections: RedisConnections;
  /** Ready for commands. */
  readonly redis: RedisClient;
  /** Of the current test alone. */
  readonly prefix: string;
  readonly keyspace: Keyspace;
  /** A further connection, ready, that ends with the file. */
  connect(open?: 'forCommands' | 'forBlockingReads'): Promise<RedisClient>;
}

/**
 * The real Redis of this test run, with a prefix that no other test shares; all keys of the file are deleted at its end.
 * Call it at the top of a file or of a `describe`, and look at its properties in hooks and tests only.
 */
export function useRedis({ partitions = 3 } = {}): TestRedis {
  const url = testRedisUrl();
  const connections = new RedisConnections({ url, commandTimeoutMs: 5000 }, ignoreErrors);
  const file = `test-${randomBytes(6).toString('hex')}`;
  const connect: TestRedis['connect'] = (open = 'forCommands') => ready(connections[open]());
  const state = { url, connections, connect, prefix: file } as {
    -readonly [K in keyof TestRedis]: TestRedis[K];
  };
  let tests = 0;

  beforeAll(async () => {
    state.redis = await connect();
  });
  beforeEach(() => {
    state.prefix = `${file}-${(tests += 1)}`;
    state.keyspace = new Keyspace(state.prefix, partitions);
  });
  afterAll(async () => {
    for (const key of await keysLike(state.redis, `*${file}*`)) await state.redis.unlink(key);
    connections.closeAll();
  });
  return state;
}

export function testRedisUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (!url)
    throw new Error(
      'TEST_REDIS_URL is not set: run the tests through Jest, whose global setup starts a Redis.',
    );
  return url;
}

/** Resolves when `client` takes commands. */
export async function ready(client: RedisClient): Promise<RedisClient> {
  await until(() => client.status === 'ready', 10_000);
  return client;
}

/** All keys that match a glob pattern. */
export async function keysLike(redis: RedisClient, pattern: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = '0'; ;) {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 1000);
    found.push(...keys);
    if (next === '0') return found;
    cursor = next;
  }
}

/** What a test that takes Redis away gives as `onError`: the lost connection is what it is about. */
export function ignoreErrors(): void {}
