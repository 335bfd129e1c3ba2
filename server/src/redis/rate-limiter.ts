import { join } from 'node:path';
import type { RedisClient } from './connections';
import { atEndOfTurn } from './end-of-turn';
import { Script } from './script';

export interface RateLimitAnswer {
  allowed: boolean;
  /** Requests left in the window after this one. */
  left: number;
  /** Ms until one more request will be allowed than now. */
  resetMs: number;
}

/** Requests of one caller that came in the same turn of the event loop, in their order. */
interface Burst {
  size: number;
  answer: Promise<BurstAnswer>;
}

type BurstAnswer = [allowed: number, leftBefore: number, resetMs: number];

/** Limits callers in a sliding window that all processes share. */
export class RateLimiter {
  private readonly script = new Script(join(__dirname, 'rate-limit.lua'));
  private readonly bursts = new Map<string, Burst>();

  constructor(
    private readonly redis: RedisClient,
    private readonly prefix: string,
  ) {}

  /**
   * Counts one request of `caller`; all requests of a `name` have the same limit and window. Rejects when Redis cannot tell.
   * What comes in one turn of the event loop is asked in one go and answered as if it had come one by one.
   */
  async take(name: string, caller: string, limit: number, windowMs: number): Promise<RateLimitAnswer> {
    const hits = `${this.prefix}:limit:${name}:${caller}`;
    const known = this.bursts.get(hits);
    const burst = known ?? this.begin(hits, limit, windowMs);
    const place = (burst.size += 1);
    const [allowed, leftBefore, resetMs] = await burst.answer;
    return { allowed: place <= allowed, left: Math.max(0, leftBefore - place), resetMs };
  }

  private begin(hits: string, limit: number, windowMs: number): Burst {
    const burst = { size: 0 } as Burst;
    burst.answer = new Promise((resolve, reject) => {
      atEndOfTurn(() => {
        if (this.bursts.get(hits) === burst) this.bursts.delete(hits);
        this.ask(hits, limit, windowMs, burst.size).then(resolve, reject);
      });
    });
    this.bursts.set(hits, burst);
    return burst;
  }

  private async ask(hits: string, limit: number, windowMs: number, count: number): Promise<BurstAnswer> {
    const args = { limit, window_ms: windowMs, count };
    return (await this.script.run(this.redis, { hits }, args)) as BurstAnswer;
  }
}
