import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ReadonlyConfig } from '../src/config/config';
import { Keyspace } from '../src/events/keys';
import { createApi } from '../src/main';
import type { RedisClient } from '../src/redis/connections';
import { REDIS } from '../src/redis/redis.module';
import { newConfig } from './builders';
import { testRedisUrl } from './redis';

export const SECRET = 'a-webhook-secret-of-the-tests';
export const ADMIN_TOKEN = 'an-admin-token-of-the-tests';

export interface TestApi {
  readonly app: NestFastifyApplication;
  readonly config: ReadonlyConfig;
  readonly port: number;
  readonly url: string;
  /** The api's own connection. */
  readonly redis: RedisClient;
  readonly keyspace: Keyspace;
}

/** An api on a free port of this machine, with keys of its own and, unless `env` says otherwise, without a rate limit. */
export async function startApi(env: Record<string, string> = {}): Promise<TestApi> {
  const config = newConfig({
    WEBHOOK_SECRET: SECRET,
    ADMIN_TOKEN,
    RATE_LIMIT: '0',
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}`,
    PARTITIONS: '2',
    ...env,
  });
  const app = await createApi(config);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const keyspace = new Keyspace(config.redis.prefix, config.redis.partitions);
  return { app, config, port, url: `http://127.0.0.1:${port}`, redis: app.get<RedisClient>(REDIS), keyspace };
}

/** One api for all tests of a file or a `describe`; look at its properties in hooks and tests only. */
export function useApi(env: Record<string, string> = {}): TestApi {
  const state = {} as { -readonly [K in keyof TestApi]: TestApi[K] };
  beforeAll(async () => void Object.assign(state, await startApi(env)));
  afterAll(() => state.app.close());
  return state;
}
