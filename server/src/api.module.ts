import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module';
import { AdminModule } from './admin/admin.module';
import type { ReadonlyConfig } from './config/config';
import { ConfigModule } from './config/config.module';
import { DevicesModule } from './devices/devices.module';
import { EventsModule } from './events/events.module';
import { HealthModule } from './health/health.module';
import { MessagesModule } from './messages/messages.module';
import { QuotaModule } from './quota/quota.module';
import { QueueModule } from './queue/queue.module';
import { RedisModule } from './redis/redis.module';
import { TelemetryModule } from './telemetry/telemetry.module';
import { WebhookModule } from './webhook/webhook.module';

/** The rooms of the api: it takes webhooks in and serves the console. */
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
    WebhookModule,
    AdminModule,
    HealthModule,
  ],
})
export class ApiModule {
  static for(config: ReadonlyConfig): DynamicModule {
    return { module: ApiModule, imports: [ConfigModule.for(config)] };
  }
}
