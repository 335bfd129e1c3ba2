import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { LineState, pauseOf } from '../queue/line-state';
import { QuotaState } from '../quota/quota-state';

/**
 * Says why messages are not sent, or not as fast as they might, while that is so, and nothing else. A pause does not make a process unhealthy: to start it
 * anew or to send its webhooks elsewhere would not help.
 */
@Injectable()
export class DeliveryIndicator {
  constructor(
    private readonly line: LineState,
    private readonly quota: QuotaState,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    // Without Redis nobody knows, and its own indicator says that it is away.
    const found = Promise.all([this.line.read(), this.quota.throttle()]);
    const [stop, throttled] = await found.catch(() => [null, null] as const);
    if (!stop && !throttled) return {};
    return this.indicators
      .check('delivery')
      .up({ ...(stop && { paused: pauseOf(stop) }), ...(throttled && { throttled }) });
  }
}
