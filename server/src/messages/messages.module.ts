import {
  type BeforeApplicationShutdown,
  Global,
  Logger,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
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
      inject: [REDIS, CONFIG],
      useFactory: async (redis: RedisClient, { redis: { prefix }, messages: { file } }: ReadonlyConfig) => {
        const messages = new Messages(
          new MessageStore(redis, prefix),
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
