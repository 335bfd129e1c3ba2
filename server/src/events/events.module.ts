import { Global, Module } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { REDIS } from '../redis/redis.module';
import type { RedisClient } from '../redis/connections';
import { Events } from './events';
import { Keyspace } from './keys';

/** Where events are and how to look at them. */
@Global()
@Module({
  providers: [
    {
      provide: Keyspace,
      inject: [CONFIG],
      useFactory: ({ redis }: ReadonlyConfig) => new Keyspace(redis.prefix, redis.partitions),
    },
    {
      provide: Events,
      inject: [REDIS, Keyspace],
      useFactory: (redis: RedisClient, keyspace: Keyspace) => new Events(redis, keyspace),
    },
  ],
  exports: [Keyspace, Events],
})
export class EventsModule {}
