import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import type { BucketKeys } from './quota-keys';
import { type BucketSize, bucketSize } from './settings';

/** What a worker tells when it asks for tokens. */
export interface Demand {
  /** Taken on credit since it asked last. */
  spent: number;
  /** Messages sent since it asked last, those included. */
  used: number;
  want: number;
}

export interface Grant {
  granted: number;
  /** Ms after which there may be more; 0 when it got all that it wanted. */
  waitMs: number;
  /** For how many ms nobody may send. */
  pausedMs: number;
  /** Of the bucket's rate, this worker's share, in tokens a second. */
  perS: number;
  /** Share of the quota that was used in the last minute. */
  use: number;
}

/** One bucket in Redis. Rejects when Redis did not confirm; what was granted then is lost. */
export class BucketStore {
  readonly size: BucketSize;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: BucketKeys,
    private readonly perMinute: number,
    rampS: number,
    private readonly worker: string,
  ) {
    this.size = bucketSize(perMinute, rampS);
  }

  async grant(demand: Demand): Promise<Grant> {
    const { worker, perMinute: per_minute } = this;
    const args = { ...demand, ...this.sizes(), worker, per_minute };
    const answer = await COMMANDS.grant.run(this.redis, this.keys, args);
    const [granted, waitMs, pausedMs, perS, use] = answer as [number, number, number, string, string];
    return { granted, waitMs, pausedMs, perS: Number(perS), use: Number(use) };
  }

  /** FCM has said 429. */
  async pause(pauseMs: number): Promise<void> {
    await COMMANDS.pause.run(this.redis, this.keys, { pause_ms: Math.ceil(pauseMs), ...this.sizes() });
  }

  private sizes() {
    const { perS: per_s, burst, holds, rampMs: ramp_ms } = this.size;
    return { per_s, burst, holds, ramp_ms };
  }
}
