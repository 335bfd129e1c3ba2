import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { LineState, pauseOf } from '../queue/line-state';

/**
 * Says why messages are not sent, while that is so, and nothing else. A pause does not make a process unhealthy: to start it
 * anew or to send its webhooks elsewhere would not help.
 */
@Injectable()
export class DeliveryIndicator {
  constructor(
    private readonly line: LineState,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    // Without Redis nobody knows, and its own indicator says that it is away.
    const stop = await this.line.read().catch(() => null);
    return stop ? this.indicators.check('delivery').up({ paused: pauseOf(stop) }) : {};
  }
}
