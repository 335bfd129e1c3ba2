import { Global, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { CONFIG, type ReadonlyConfig } from '../config/config';
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
  providers: [{ provide: Metrics, useFactory: () => new Metrics() }],
  exports: [Metrics],
})
export class TelemetryModule {}
