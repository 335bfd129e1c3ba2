import {
  type BeforeApplicationShutdown,
  Global,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { type RedisClient, RedisConnections } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { ReplicatedScripts } from '../redis/replication';
import { readMessagesFile } from './file';
import { Follower } from './follower';
import { Messages } from './messages';
import { MessageStore } from './store';

const logger = new Logger('Messages');

/** What each type of event becomes, in force in this process and kept up to date. */
@Global()
@Module({
  providers: [
    {
      provide: Messages,
      inject: [REDIS, RedisConnections, CONFIG],
      useFactory: async (redis: RedisClient, connections: RedisConnections, config: ReadonlyConfig) => {
        const { durability, prefix } = config.redis;
        const { file } = config.messages;
        // A worker defines nothing.
        const isReplicated = durability === 'replica' && config.process === 'api';
        const run = isReplicated ? (await ReplicatedScripts.open(connections)).run : undefined;
        const messages = new Messages(
          new MessageStore(redis, prefix, run),
          file === undefined ? undefined : readMessagesFile(file),
          (event_type, problems) =>
            logger.error({ msg: 'a stored definition is not usable', event_type, problems }),
        );
        await messages.refresh().catch(() => {
          // Redis is away; the follower says so, and learns what it has when it is back.
        });
        return messages;
      },
    },
    {
      provide: Follower,
      inject: [Messages],
      useFactory: (messages: Messages) => new Follower(messages, logger),
    },
  ],
  exports: [Messages],
})
export class MessagesModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly follower: Follower) {}

  onApplicationBootstrap(): void {
    this.follower.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.follower.stop();
  }
}
