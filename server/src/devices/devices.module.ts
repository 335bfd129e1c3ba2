import { Global, Module } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { Devices } from './devices';
import { Pruning } from './pruning';
import { Topics } from './topics';

/** The registry of devices. */
@Global()
@Module({
  providers: [
    {
      provide: Devices,
      inject: [REDIS, CONFIG],
      useFactory: (redis: RedisClient, config: ReadonlyConfig) => new Devices(redis, config.redis.prefix),
    },
    {
      provide: Pruning,
      inject: [REDIS, CONFIG],
      useFactory: (redis: RedisClient, config: ReadonlyConfig) =>
        new Pruning(redis, config.redis.prefix, config.pruning),
    },
    {
      provide: Topics,
      inject: [REDIS, CONFIG],
      useFactory: (redis: RedisClient, config: ReadonlyConfig) => new Topics(redis, config.redis.prefix),
    },
  ],
  exports: [Devices, Pruning, Topics],
})
export class DevicesModule {}
