import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { RateLimiter } from '../redis/rate-limiter';
import { RedisThrottlerStorage } from './rate-limit.storage';
import { WebhookController } from './webhook.controller';

/** Who may speak to us and what they said. */
@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [CONFIG, RateLimiter],
      useFactory: ({ webhook }: ReadonlyConfig, limiter: RateLimiter) => ({
        throttlers: [{ ttl: webhook.rateLimitWindowS * 1000, limit: webhook.rateLimit }],
        storage: new RedisThrottlerStorage(limiter),
      }),
    }),
  ],
  controllers: [WebhookController],
})
export class WebhookModule {}
