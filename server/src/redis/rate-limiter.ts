import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { RedisClient } from './connections';
import { Script } from './script';

export interface RateLimitAnswer {
  allowed: boolean;
  /** Requests left in the window after this one. */
  left: number;
  /** Ms until one more request will be allowed than now. */
  resetMs: number;
}

/** Limits callers in a sliding window that all processes share. */
export class RateLimiter {
  private readonly script = new Script(join(__dirname, 'rate-limit.lua'));
  private readonly process = randomBytes(6).toString('base64url');
  private count = 0;

  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
  ) {}

  /** Counts one request of `caller`. Rejects when Redis cannot tell. */
  async take(name: string, caller: string, limit: number, windowMs: number): Promise<RateLimitAnswer> {
    this.count += 1;
    const [allowed, left, resetMs] = (await this.script.run(
      this.redis,
      { hits: `${this.prefix}:limit:${name}:${caller}` },
      { limit, window_ms: windowMs, nonce: `${this.process}${this.count}` },
    )) as [number, number, number];
    return { allowed: allowed === 1, left: Math.max(0, left), resetMs };
  }
}
