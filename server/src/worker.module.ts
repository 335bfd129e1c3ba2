import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module';
import type { ReadonlyConfig } from './config/config';
import { ConfigModule } from './config/config.module';
import { DevicesModule } from './devices/devices.module';
import { EventsModule } from './events/events.module';
import { ProbeModule } from './health/probe.module';
import { MessagesModule } from './messages/messages.module';
import { NotifierModule } from './notifier/notifier.module';
import { QuotaModule } from './quota/quota.module';
import { QueueModule } from './queue/queue.module';
import { RedisModule } from './redis/redis.module';
import { TelemetryModule } from './telemetry/telemetry.module';

/** The rooms of the worker: it delivers what the api has queued. */
@Module({
  imports: [
    TelemetryModule,
    RedisModule,
    EventsModule,
    DevicesModule,
    MessagesModule,
    AccessModule,
    QuotaModule,
    QueueModule,
    ProbeModule,
    NotifierModule,
  ],
})
export class WorkerModule {
  static for(config: ReadonlyConfig): DynamicModule {
    return { module: WorkerModule, imports: [ConfigModule.for(config)] };
  }
}
