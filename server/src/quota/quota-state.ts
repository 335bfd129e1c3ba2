import type { DeliveryThrottle } from '../contract';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { QuotaKeys } from './quota-keys';

/** How throttled deliveries are, for whoever wants to show it. Rejects when Redis cannot tell. */
export class QuotaState {
  private readonly keys: QuotaKeys;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
  ) {
    this.keys = new QuotaKeys(prefix);
  }

  /** Null while nobody waits for the project's quota. */
  async throttle(): Promise<DeliveryThrottle | null> {
    const answer = await COMMANDS.throttle.run(this.redis, this.keys.project);
    const [sinceMs, pausedUntilMs, perS] = answer as [number, number, string];
    if (sinceMs === 0) return null;
    return {
      since: new Date(sinceMs).toISOString(),
      per_minute: pausedUntilMs > 0 ? 0 : Math.round(Number(perS) * 60),
      ...(pausedUntilMs > 0 && { until: new Date(pausedUntilMs).toISOString() }),
    };
  }
}
