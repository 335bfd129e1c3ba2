import { HealthIndicatorService } from '@nestjs/terminus';
import { useRedis } from '../../test/redis';
import { Devices } from '../devices/devices';
import { Pruning } from '../devices/pruning';
import { Epochs } from '../queue/epochs';
import { RedisIndicator } from './redis.indicator';

const test = useRedis();

it('a worker tells when it found that Redis had lost data', async () => {
  const epochs = new Epochs(test.redis, test.keyspace);
  const pruning = new Pruning(test.redis, test.prefix, { maxShare: 0.25, freePerMinute: 20 });
  const indicator = new RedisIndicator(test.redis, epochs, pruning, new HealthIndicatorService());
  await epochs.watch();
  expect(await indicator.check()).toEqual({ redis: { status: 'up' } });

  for (const { keys } of test.keyspace.partitions) await test.redis.del(keys.epoch, keys.stream);
  const before = Date.now();
  await epochs.watch();
  const { redis } = (await indicator.check()) as { redis: { status: string; data_lost_at: string } };
  expect(redis.status).toBe('up');
  expect(Math.abs(Date.parse(redis.data_lost_at) - before)).toBeLessThan(5000);
  expect(epochs.takeLosses()).toEqual([0, 1, 2].map((partition) => ({ partition, kind: 'emptied' })));
  expect(epochs.takeLosses()).toEqual([]);
});

it('tells since when no token is pruned', async () => {
  const pruning = new Pruning(test.redis, test.prefix, { maxShare: 0.25, freePerMinute: 0 });
  const epochs = new Epochs(test.redis, test.keyspace);
  const indicator = new RedisIndicator(test.redis, epochs, pruning, new HealthIndicatorService());
  expect(await indicator.check()).toEqual({ redis: { status: 'up' } });

  const devices = new Devices(test.redis, test.prefix);
  await devices.register({ userId: 'ada', token: 'phone-of-ada' });
  const { version } = (await devices.targetsOf('ada')).devices[0]!;
  expect(await pruning.prune('phone-of-ada', version!, 'UNREGISTERED')).toBe('suppressed');
  const since = new Date((await pruning.stops()).pruning!).toISOString();
  expect(await indicator.check()).toEqual({ redis: { status: 'up', pruning_stopped_at: since } });
});
