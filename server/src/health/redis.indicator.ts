import { once } from 'node:events';
import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Pruning, type Stops } from '../devices/pruning';
import { Epochs } from '../queue/epochs';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';

/** An orchestrator's patience with a probe is short (Kubernetes: 1 s); a command's deadline need not be. In ms. */
const PATIENCE_MS = 900;

/**
 * Whether Redis answers, and since when no token is pruned or quarantined, if that was stopped; a worker also tells when it last found that
 * Redis had lost data.
 */
@Injectable()
export class RedisIndicator {
  constructor(
    @Inject(REDIS) private readonly redis: RedisClient,
    private readonly epochs: Epochs,
    private readonly pruning: Pruning,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult<'redis'>> {
    const indicator = this.indicators.check('redis');
    try {
      const { pruning, quarantine } = await this.ask();
      const { lastLossMs } = this.epochs;
      return indicator.up({
        ...(lastLossMs !== null && { data_lost_at: new Date(lastLossMs).toISOString() }),
        ...(pruning !== null && { pruning_stopped_at: new Date(pruning).toISOString() }),
        ...(quarantine !== null && { quarantine_stopped_at: new Date(quarantine).toISOString() }),
      });
    } catch (error) {
      // Whatever the reason, Redis is no use to us now; the message says which it is.
      return indicator.down({ message: error instanceof Error ? error.message : String(error) });
    }
  }

  private async ask(): Promise<Stops> {
    const tooLate = once(AbortSignal.timeout(PATIENCE_MS), 'abort').then(() => {
      throw new Error(`No answer within ${PATIENCE_MS} ms`);
    });
    const [stops] = await Promise.race([Promise.all([this.pruning.stops(), this.redis.ping()]), tooLate]);
    return stops;
  }
}
