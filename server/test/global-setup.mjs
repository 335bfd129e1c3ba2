/** One real Redis for the whole Jest run, on a free port and without a file; its address is in TEST_REDIS_URL. */
import { startRedis } from '../../e2e/stack/redis.ts';

export default async function globalSetup() {
  const redis = await startRedis({ appendonly: false });
  process.env.TEST_REDIS_URL = redis.url;
  globalThis.testRedis = redis;
}
