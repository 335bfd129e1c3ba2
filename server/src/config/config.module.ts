import { type DynamicModule, Global, Module } from '@nestjs/common';
import { systemClock } from './clock';
import { CONFIG, loadConfig } from './config';
import type { ProcessName } from './environment';

/** Nest's injection token of the `Clock`. */
export const CLOCK = Symbol('CLOCK');

/** The settings and the clock, for every room of the process. */
@Global()
@Module({})
export class ConfigModule {
  static for(processName: ProcessName): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: CONFIG, useFactory: () => loadConfig(process.env, processName) },
        { provide: CLOCK, useValue: systemClock },
      ],
      exports: [CONFIG, CLOCK],
    };
  }
}
