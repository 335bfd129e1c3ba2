import { Module } from '@nestjs/common';
import { ChangesReader } from '../events/changes';
import { Events } from '../events/events';
import { Keyspace } from '../events/keys';
import { Inspector } from '../queue/inspector';
import type { RedisClient } from '../redis/connections';
import { REDIS } from '../redis/redis.module';
import { DevicesController } from './devices.controller';
import { EventsController } from './events.controller';
import { FcmCheck } from './fcm-check';
import { LiveController } from './live.controller';
import { LiveFeed } from './live-feed';
import { MessagesController } from './messages.controller';
import { QueueController } from './queue.controller';
import { SessionController } from './session.controller';
import { TopicsController } from './topics.controller';

/** What an operator may ask. */
@Module({
  controllers: [
    SessionController,
    EventsController,
    QueueController,
    LiveController,
    DevicesController,
    MessagesController,
    TopicsController,
  ],
  providers: [
    FcmCheck,
    {
      provide: LiveFeed,
      inject: [Inspector, REDIS, Keyspace, Events],
      useFactory: (inspector: Inspector, redis: RedisClient, keyspace: Keyspace, events: Events) =>
        new LiveFeed(
          inspector,
          () => new ChangesReader(redis, keyspace, events),
          async () => {
            const [seconds, micros] = await redis.time();
            return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
          },
        ),
    },
  ],
})
export class AdminModule {}
