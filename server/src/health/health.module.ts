import { type BeforeApplicationShutdown, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import { Inspector } from '../queue/inspector';
import { Store } from '../queue/store';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { Metrics } from '../telemetry/metrics';
import { StartUp } from './checks/start-up';
import { DeliveryIndicator } from './delivery.indicator';
import { HealthReport } from './health';
import { HealthController } from './health.controller';
import { MetricsController } from './metrics.controller';
import { RedisIndicator } from './redis.indicator';

/** What an orchestrator may ask; the worker, which has no routes, serves the same through its `ProbeServer`. */
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, MetricsController],
  providers: [
    RedisIndicator,
    DeliveryIndicator,
    HealthReport,
    {
      provide: StartUp,
      inject: [REDIS, Store, CONFIG, CLOCK],
      useFactory: (redis: RedisClient, store: Store, config: ReadonlyConfig, clock: Clock) =>
        new StartUp(redis, store, config, clock, new Logger('StartUp')),
    },
  ],
  exports: [HealthReport, StartUp],
})
export class HealthModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly metrics: Metrics,
    private readonly inspector: Inspector,
    @Inject(StartUp) private readonly startUp: StartUp,
  ) {}

  /** Before anything is taken in or claimed: a start that is refused has touched nothing. */
  async onModuleInit(): Promise<void> {
    this.metrics.readQueueFrom(() => this.inspector.counts());
    await this.startUp.begin();
  }

  beforeApplicationShutdown(): void {
    this.startUp.stop();
  }
}
