import { Global, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { logOptions } from './log-options';
import { Metrics } from './metrics';

/** Logs and metrics of the process. */
@Global()
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [CONFIG],
      useFactory: (config: ReadonlyConfig) => ({ pinoHttp: logOptions(config) }),
    }),
  ],
  providers: [{ provide: Metrics, useFactory: () => new Metrics() }],
  exports: [Metrics],
})
export class TelemetryModule {}
