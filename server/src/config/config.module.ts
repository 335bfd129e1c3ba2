import { type DynamicModule, Global, Module } from '@nestjs/common';
import { systemClock } from './clock';
import { CONFIG, type ReadonlyConfig } from './config';

/** Nest's injection token of the `Clock`. */
export const CLOCK = Symbol('CLOCK');

/** The settings and the clock, for every room of the process. */
@Global()
@Module({})
export class ConfigModule {
  static for(config: ReadonlyConfig): DynamicModule {
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: CLOCK, useValue: systemClock },
    ];
    return { module: ConfigModule, providers, exports: [CONFIG, CLOCK] };
  }
}
