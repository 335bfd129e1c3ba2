import { Global, Module, type Provider } from '@nestjs/common';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import { LineState } from './line-state';
import { Keyspace, type Partition } from '../events/keys';
import { QuotaState } from '../quota/quota-state';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { ReplicatedScripts, type RunScript } from '../redis/replication';
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
    inject: [REDIS, Keyspace, Store, Budget, RedisConnections, CONFIG],
    useFactory: async (
      redis: RedisClient,
      keyspace: Keyspace,
      store: Store,
      budget: Budget,
      connections: RedisConnections,
      config: ReadonlyConfig,
    ) => {
      // A worker takes nothing in.
      const isReplicated = config.redis.durability === 'replica' && config.process === 'api';
      const runIn = isReplicated ? await replicated(connections, keyspace) : undefined;
      return new Queue(redis, keyspace, { store, budget, runIn });
    },
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
    provide: LineState,
    inject: [REDIS, Keyspace],
    useFactory: (redis: RedisClient, keyspace: Keyspace) => new LineState(redis, keyspace),
  },
  {
    provide: Inspector,
    inject: [REDIS, Keyspace, Workers, CLOCK, LineState, QuotaState],
    useFactory: (...parts: ConstructorParameters<typeof Inspector>) => new Inspector(...parts),
  },
  {
    provide: Upkeep,
    inject: [REDIS, Keyspace, CONFIG, Store],
    useFactory: (redis: RedisClient, keyspace: Keyspace, config: ReadonlyConfig, store: Store) =>
      new Upkeep(redis, keyspace, config.queue, store),
  },
];

/** One connection serves all partitions of one Redis; in a cluster they may be on different nodes, so each has its own. */
async function replicated(
  connections: RedisConnections,
  { partitions }: Keyspace,
): Promise<(partition: Partition) => RunScript> {
  const shares = connections.isCluster ? partitions : [partitions[0]];
  const scripts = await Promise.all(shares.map(() => ReplicatedScripts.open(connections)));
  return ({ index }) => (scripts[index] ?? scripts[0]!).run;
}

/** The only hand that moves an event. */
@Global()
@Module({
  providers,
  exports: providers.map((provider) => ('provide' in provider ? provider.provide : provider)),
})
export class QueueModule {}
