import { Inject, Logger, Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { Metrics } from '../telemetry/metrics';
import { HealthReport } from './health';
import { HealthModule } from './health.module';
import { ProbeServer } from './probe-server';

/** The worker's door for orchestrators: open from its bootstrap to the very end, so that a drain can be watched. */
@Module({
  imports: [HealthModule],
  providers: [
    {
      provide: ProbeServer,
      inject: [CONFIG, HealthReport, Metrics],
      useFactory: ({ http, access }: ReadonlyConfig, report: HealthReport, metrics: Metrics) =>
        new ProbeServer(report, metrics, { host: http.host, port: http.workerPort, metricsToken: access.metricsToken }),
    },
  ],
})
export class ProbeModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(ProbeServer) private readonly probes: ProbeServer) {}

  async onApplicationBootstrap(): Promise<void> {
    const port = await this.probes.start();
    new Logger('Health').log(`The worker answers probes on port ${port}`);
  }

  onApplicationShutdown(): Promise<void> {
    return this.probes.stop();
  }
}
