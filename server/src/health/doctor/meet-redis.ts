import { firstConnection, type RedisClient } from '../../redis/connections';
import { fail, type Finding, ok } from '../checks/check';

/** How to mend what ioredis says when there is no way to Redis; the first that fits. */
const WAYS: readonly [reason: RegExp, mend: string][] = [
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    'Start Redis there, or set REDIS_URL to where it runs. `npm start` brings its own.',
  ],
  [/NOAUTH|WRONGPASS/, 'Put the right password into REDIS_URL: redis://user:password@host:port'],
  [/NOPERM/, 'Give this user the commands that Herald needs: ACL SETUSER <name> +@all ~*'],
  [/LOADING/, 'Wait until it has read its append-only file, then run the doctor again.'],
  [
    /certificate|SSL|TLS/i,
    'Give its certificate authority in NODE_EXTRA_CA_CERTS, or use redis:// if it speaks no TLS.',
  ],
];
const NO_ANSWER = 'Look at whether something is listening there that is not Redis, or wants TLS (rediss://).';

/** Waits for the connection, a few seconds at most, and says hello. `trouble` is the last error of the connection. */
export async function meetRedis(
  redis: RedisClient,
  url: string,
  trouble: () => Error | undefined,
): Promise<Finding> {
  const address = withoutSecrets(url);
  if (redis.status !== 'ready') await firstConnection(redis);
  try {
    const asked = performance.now();
    await redis.ping();
    const tookMs = performance.now() - asked;
    return ok(`${address} answers in ${tookMs.toFixed(1)} ms`);
  } catch (error) {
    // The connection knows why there is none better than the command that found none.
    const reason = (redis.status === 'ready' ? error : (trouble() ?? error)) as Error;
    const why = reason.message || String(reason);
    const mend = WAYS.find(([pattern]) => pattern.test(why))?.[1] ?? NO_ANSWER;
    return fail(`${address} cannot be used: ${why}.`, mend);
  }
}

/** An address as it may be shown: without user and password. */
export function withoutSecrets(url: string): string {
  return url
    .split(',')
    .map((part) => part.replace(/^(\w+:\/\/)?.*@/s, '$1'))
    .join(',');
}
