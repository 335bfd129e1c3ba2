import { Global, Module } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { Devices } from './devices';

/** The registry of registration tokens. */
@Global()
@Module({
  providers: [
    {
      provide: Devices,
      inject: [REDIS, CONFIG],
      useFactory: (redis: RedisClient, config: ReadonlyConfig) => new Devices(redis, config.redis.prefix),
    },
  ],
  exports: [Devices],
})
export class DevicesModule {}
