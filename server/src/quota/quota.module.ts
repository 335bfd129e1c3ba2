import { Global, Module } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { QuotaState } from './quota-state';

/** FCM's quotas, as everybody may see them; a worker's `Governor` is the notifier's. */
@Global()
@Module({
  providers: [
    {
      provide: QuotaState,
      inject: [REDIS, CONFIG],
      useFactory: (redis: RedisClient, { redis: { prefix } }: ReadonlyConfig) =>
        new QuotaState(redis, prefix),
    },
  ],
  exports: [QuotaState],
})
export class QuotaModule {}
