import { Module, type OnModuleInit } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Inspector } from '../queue/inspector';
import { Metrics } from '../telemetry/metrics';
import { HealthReport } from './health';
import { HealthController } from './health.controller';
import { MetricsController } from './metrics.controller';
import { RedisIndicator } from './redis.indicator';

/** What an orchestrator may ask; the worker, which has no routes, serves the same through its `ProbeServer`. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController],
  providers: [RedisIndicator, HealthReport],
  exports: [HealthReport],
})
export class HealthModule implements OnModuleInit {
  constructor(
    private readonly metrics: Metrics,
    private readonly inspector: Inspector,
  ) {}

  onModuleInit(): void {
    this.metrics.readQueueFrom(() => this.inspector.counts());
  }
}
