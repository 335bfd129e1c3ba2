import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { firstConnection, type RedisClient, RedisConnections } from './connections';
import { RateLimiter } from './rate-limiter';

/** Nest's injection token of the `RedisClient` every room shares for commands that do not block. */
export const REDIS = Symbol('REDIS');

const connections = {
  provide: RedisConnections,
  inject: [CONFIG],
  useFactory: (config: ReadonlyConfig) => {
    const logger = new Logger('Redis');
    return new RedisConnections(config.redis, (error) => logger.warn(`Redis connection: ${error.message}`));
  },
};

/** The connections of the process; closed last, when nothing needs them any more. */
@Global()
@Module({
  providers: [
    connections,
    {
      provide: REDIS,
      inject: [RedisConnections],
      useFactory: async (all: RedisConnections) => {
        const redis = all.forCommands();
        await firstConnection(redis);
        return redis;
      },
    },
    {
      provide: RateLimiter,
      inject: [REDIS, CONFIG],
      useFactory: (redis: RedisClient, config: ReadonlyConfig) => new RateLimiter(redis, config.redis.prefix),
    },
  ],
  exports: [RedisConnections, REDIS, RateLimiter],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(RedisConnections) private readonly all: RedisConnections) {}

  onApplicationShutdown(): void {
    this.all.closeAll();
  }
}
