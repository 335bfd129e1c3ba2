import { once } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Epochs } from '../queue/epochs';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';

/** An orchestrator's patience with a probe is short (Kubernetes: 1 s); a command's deadline need not be. In ms. */
const PATIENCE_MS = 900;

/** Whether Redis answers; a worker also tells when it last found that Redis had lost data. */
@Injectable()
export class RedisIndicator {
  constructor(
    @Inject(REDIS) private readonly redis: RedisClient,
    private readonly epochs: Epochs,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult<'redis'>> {
    const indicator = this.indicators.check('redis');
    try {
      await this.ping();
      const { lastLossMs } = this.epochs;
      return lastLossMs === null
        ? indicator.up()
        : indicator.up({ data_lost_at: new Date(lastLossMs).toISOString() });
    } catch (error) {
      // Whatever the reason, Redis is no use to us now; the message says which it is.
      return indicator.down({ message: error instanceof Error ? error.message : String(error) });
    }
  }

  private async ping(): Promise<void> {
    const tooLate = once(AbortSignal.timeout(PATIENCE_MS), 'abort').then(() => {
      throw new Error(`No answer within ${PATIENCE_MS} ms`);
    });
    await Promise.race([this.redis.ping(), tooLate]);
  }
}
