import { Inject, Logger, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { Metrics } from '../telemetry/metrics';
import { HealthReport } from './health';
import { HealthModule } from './health.module';
import { ProbeServer } from './probe-server';

/** The worker's door for orchestrators: open from before its first event to the very end, so that a drain can be watched. */
@Module({
  imports: [HealthModule],
  providers: [
    {
      provide: ProbeServer,
      inject: [CONFIG, HealthReport, Metrics],
      useFactory: ({ http, access }: ReadonlyConfig, report: HealthReport, metrics: Metrics) =>
        new ProbeServer(report, metrics, {
          host: http.host,
          port: http.workerPort,
          metricsToken: access.metricsToken,
        }),
    },
  ],
})
export class ProbeModule implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(ProbeServer) private readonly probes: ProbeServer) {}

  /** Before any event is claimed: a worker that cannot start must not take events with it, again and again. */
  async onModuleInit(): Promise<void> {
    const port = await this.probes.start();
    new Logger('Health').log(`The worker answers probes on port ${port}`);
  }

  onApplicationShutdown(): Promise<void> {
    return this.probes.stop();
  }
}
