import { ConsoleLogger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { newConfig, newEvent } from '../../test/builders';
import { ready, useRedis } from '../../test/redis';
import { until } from '../../test/until';
import { CLOCK, ConfigModule } from '../config/config.module';
import { systemClock } from '../config/clock';
import { Events } from '../events/events';
import { EventsModule } from '../events/events.module';
import type { RedisClient } from '../redis/connections';
import { RateLimiter } from '../redis/rate-limiter';
import { REDIS, RedisModule } from '../redis/redis.module';
import { QuotaModule } from '../quota/quota.module';
import { isRedisTrouble } from '../redis/trouble';
import { Inspector } from './inspector';
import { Queue } from './queue';
import { QueueModule } from './queue.module';
import { Upkeep } from './upkeep';

const test = useRedis();
let app: TestingModule;
let redis: RedisClient;

beforeEach(async () => {
  const env = { REDIS_URL: test.url, REDIS_PREFIX: test.prefix, PARTITIONS: '3' };
  app = await Test.createTestingModule({
    imports: [ConfigModule.for(newConfig(env)), RedisModule, EventsModule, QuotaModule, QueueModule],
  }).compile();
  redis = await ready(app.get<RedisClient>(REDIS));
});
afterEach(() => app.close());

describe('the modules up to the queue', () => {
  it('build everything by the settings of the process', async () => {
    expect(app.get(CLOCK)).toBe(systemClock);
    const event = newEvent();
    expect(await app.get(Queue).enqueue(event)).toBe('accepted');
    expect(await app.get(Events).find(event.source, event.eventId)).toMatchObject({ status: 'queued' });
    expect(await app.get(Inspector).snapshot()).toMatchObject({ queued: 1 });
    expect(await app.get(Upkeep).promote()).toEqual({ moved: 0, nextInMs: null });
    expect(await app.get(RateLimiter).take('webhook', 'a', 1, 1000)).toMatchObject({ allowed: true });
    expect(
      await test.redis.exists(
        `{${test.prefix}:0}:counters`,
        `{${test.prefix}:1}:counters`,
        `{${test.prefix}:2}:counters`,
      ),
    ).toBe(1);
  });

  it('start without Redis, and say so by failing at once', async () => {
    const away = newConfig({ REDIS_URL: 'redis://127.0.0.1:1' });
    const orphan = await Test.createTestingModule({
      imports: [ConfigModule.for(away), RedisModule, EventsModule, QuotaModule, QueueModule],
    })
      .setLogger(new ConsoleLogger('', { logLevels: [] }))
      .compile();
    const refusal = await orphan
      .get(Queue)
      .enqueue(newEvent())
      .catch((error: unknown) => error);
    expect(isRedisTrouble(refusal)).toBe(true);
    await orphan.close();
  });

  it('close every connection at the end of the process', async () => {
    await app.close();
    await until(() => redis.status === 'end');
  });
});
