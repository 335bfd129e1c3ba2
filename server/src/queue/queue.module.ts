import { Global, Module, type Provider } from '@nestjs/common';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import { Keyspace } from '../events/keys';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { Budget } from './budget';
import { Epochs } from './epochs';
import { Inspector } from './inspector';
import { Queue } from './queue';
import { Store } from './store';
import { Upkeep } from './upkeep';
import { Workers } from './workers';

const providers: Provider[] = [
  {
    provide: Store,
    inject: [REDIS, Keyspace],
    useFactory: (redis: RedisClient, keyspace: Keyspace) => new Store(redis, keyspace),
  },
  {
    provide: Budget,
    inject: [REDIS, Keyspace, CONFIG, CLOCK],
    useFactory: (redis: RedisClient, keyspace: Keyspace, config: ReadonlyConfig, clock: Clock) =>
      new Budget(redis, keyspace, config.queue, clock),
  },
  {
    provide: Queue,
    inject: [REDIS, Keyspace, Store, Budget],
    useFactory: (redis: RedisClient, keyspace: Keyspace, store: Store, budget: Budget) =>
      new Queue(redis, keyspace, { store, budget }),
  },
  {
    provide: Workers,
    inject: [REDIS, Keyspace],
    useFactory: (redis: RedisClient, keyspace: Keyspace) => new Workers(redis, keyspace),
  },
  {
    provide: Epochs,
    inject: [REDIS, Keyspace, Store],
    useFactory: (redis: RedisClient, keyspace: Keyspace, store: Store) => new Epochs(redis, keyspace, store),
  },
  {
    provide: Inspector,
    inject: [REDIS, Keyspace, Workers, CLOCK],
    useFactory: (redis: RedisClient, keyspace: Keyspace, workers: Workers, clock: Clock) =>
      new Inspector(redis, keyspace, workers, clock),
  },
  {
    provide: Upkeep,
    inject: [REDIS, Keyspace, CONFIG, Store],
    useFactory: (redis: RedisClient, keyspace: Keyspace, config: ReadonlyConfig, store: Store) =>
      new Upkeep(redis, keyspace, config.queue, store),
  },
];

/** The only hand that moves an event. */
@Global()
@Module({
  providers,
  exports: providers.map((provider) => ('provide' in provider ? provider.provide : provider)),
})
export class QueueModule {}
