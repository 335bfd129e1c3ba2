import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RateLimiter } from '../redis/rate-limiter';

/** Has @nestjs/throttler count in Redis, so that all processes share one window and none forgets it by a restart. */
export class RedisThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly limiter: RateLimiter) {}

  /** Times are in ms going in and, as the throttler wants it, in seconds coming out. */
  async increment(caller: string, ttl: number, limit: number): ReturnType<ThrottlerStorage['increment']> {
    const { allowed, left, resetMs } = await this.limiter.take('webhook', caller, limit, ttl);
    const seconds = Math.max(1, Math.ceil(resetMs / 1000));
    const totalHits = limit - left + (allowed ? 0 : 1);
    return {
      totalHits,
      timeToExpire: seconds,
      isBlocked: !allowed,
      timeToBlockExpire: allowed ? 0 : seconds,
    };
  }
}
