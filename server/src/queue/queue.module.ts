import { Global, Module, type Provider } from '@nestjs/common';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import { Keyspace, type Partition } from '../events/keys';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { ReplicatedScripts, type RunScript } from '../redis/replication';
import { Inspector } from './inspector';
import { Queue } from './queue';
import { Upkeep } from './upkeep';
import { Workers } from './workers';

const providers: Provider[] = [
  {
    provide: Queue,
    inject: [REDIS, Keyspace, RedisConnections, CONFIG],
    useFactory: async (
      redis: RedisClient,
      keyspace: Keyspace,
      connections: RedisConnections,
      config: ReadonlyConfig,
    ) => {
      // A worker takes nothing in.
      const isReplicated = config.redis.durability === 'replica' && config.process === 'api';
      return new Queue(redis, keyspace, isReplicated ? await replicated(connections, keyspace) : undefined);
    },
  },
  {
    provide: Workers,
    inject: [REDIS, Keyspace],
    useFactory: (redis: RedisClient, keyspace: Keyspace) => new Workers(redis, keyspace),
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
