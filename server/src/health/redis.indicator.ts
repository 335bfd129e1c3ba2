import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';

/** Whether Redis answers and would take an event. */
@Injectable()
export class RedisIndicator {
  constructor(
    @Inject(REDIS) private readonly redis: RedisClient,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult<'redis'>> {
    const indicator = this.indicators.check('redis');
    try {
      await this.redis.ping();
      return indicator.up();
    } catch (error) {
      // Whatever the reason, Redis is no use to us now; the message says which it is.
      return indicator.down({ message: error instanceof Error ? error.message : String(error) });
    }
  }
}
