import { Global, Module, type Provider } from '@nestjs/common';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import { Keyspace } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { Epochs } from './epochs';
import { Inspector } from './inspector';
import { Queue } from './queue';
import { Upkeep } from './upkeep';
import { Workers } from './workers';

const providers: Provider[] = [
  {
    provide: Queue,
    inject: [REDIS, Keyspace],
    useFactory: (redis: RedisClient, keyspace: Keyspace) => new Queue(redis, keyspace),
  },
  {
    provide: Workers,
    inject: [REDIS, Keyspace],
    useFactory: (redis: RedisClient, keyspace: Keyspace) => new Workers(redis, keyspace),
  },
  {
    provide: Epochs,
    inject: [REDIS, Keyspace],
    useFactory: (redis: RedisClient, keyspace: Keyspace) => new Epochs(redis, keyspace),
  },
  {
    provide: Inspector,
    inject: [REDIS, Keyspace, Workers, CLOCK],
    useFactory: (redis: RedisClient, keyspace: Keyspace, workers: Workers, clock: Clock) =>
      new Inspector(redis, keyspace, workers, clock),
  },
  {
    provide: Upkeep,
    inject: [REDIS, Keyspace, CONFIG],
    useFactory: (redis: RedisClient, keyspace: Keyspace, config: ReadonlyConfig) =>
      new Upkeep(redis, keyspace, config.queue),
  },
];

/** The only hand that moves an event. */
@Global()
@Module({
  providers,
  exports: providers.map((provider) => ('provide' in provider ? provider.provide : provider)),
})
export class QueueModule {}
