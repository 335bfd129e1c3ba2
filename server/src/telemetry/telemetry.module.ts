import { Global, Module } from '@nestjs/common';
import { LoggerModule, PinoLogger } from 'nestjs-pino';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { LineLogs } from './line-log';
import { logOptions } from './log-options';
import { Metrics } from './metrics';
import { output } from './output';

/** Logs and metrics of the process. */
@Global()
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [CONFIG],
      // No middleware: a child logger for each request would cost more than the request's one line.
      useFactory: (config: ReadonlyConfig) => ({
        pinoHttp: config.log.pretty ? logOptions(config) : [logOptions(config), output],
        forRoutes: [],
      }),
    }),
  ],
  providers: [
    { provide: Metrics, useFactory: () => new Metrics() },
    { provide: LineLogs, inject: [PinoLogger], useFactory: (pino: PinoLogger) => new LineLogs(pino) },
  ],
  exports: [Metrics, LineLogs],
})
export class TelemetryModule {}
