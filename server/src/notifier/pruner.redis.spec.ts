import { newEvent } from '../../test/builders';
import { ManualClock } from '../../test/manual-clock';
import { type TestWorker, useWorkers } from '../../test/notifier';
import { useQueue } from '../../test/queue';
import { DELIVERED, refused, ScriptedProvider, UNKNOWN } from '../../test/scripted-provider';
import { until } from '../../test/until';
import type { DeliveryResult } from '../delivery/provider';
import { DeviceKeys } from '../devices/device-keys';
import { Topics } from '../devices/topics';
import type { NewEvent } from '../events/new-event';
import { Messages } from '../messages/messages';
import { MessageStore } from '../messages/store';

const test = useQueue();
const newWorker = useWorkers();
let worker: TestWorker;
let provider: ScriptedProvider;

beforeEach(async () => {
  provider = new ScriptedProvider();
  worker = await newWorker({ url: test.url, prefix: test.prefix, provider });
  await worker.claims.createGroups();
});

async function tried(event: NewEvent) {
  await test.queue.enqueue(event);
  for (const claim of await test.claim(worker.claims))
    await worker.notifier.notify(claim, (write) => write());
  await worker.pruner.run();
  return (await test.events.find(event.source, event.eventId))!;
}

const breakerKey = () => new DeviceKeys(test.prefix).breaker;
const stateOf = async (userId: string) => (await worker.devices.list(userId))[0]!.state;
const resultOf = async (userId: string) => (await worker.devices.list(userId))[0]!.last_result?.code;
const counted = async (what: string) =>
  (await worker.metrics.devices.get()).values.find(({ labels }) => labels.what === what)?.value ?? 0;

const failed = (cause: 'credentials' | 'platform_credentials' | 'message', code: string): DeliveryResult => ({
  outcome: 'failed',
  cause,
  code,
  message: 'as FCM says it',
});

describe('what FCM says of a token', () => {
  beforeEach(() => worker.devices.register({ userId: 'ada', token: 'phone-of-ada' }));

  it('prunes it when it is gone, and only it', async () => {
    await worker.devices.register({ userId: 'ada', token: 'tablet-of-ada' });
    provider.answer('phone-of-ada', refused('target_gone'));
    expect(await tried(newEvent({ userId: 'ada' }))).toMatchObject({ status: 'sent' });
    expect((await worker.devices.find('phone-of-ada'))!.state).toBe('pruned');
    const { devices } = await worker.devices.targetsOf('ada');
    expect(devices.map(({ token }) => token)).toEqual(['tablet-of-ada']);
    expect(await counted('pruned')).toBe(1);
  });

  it.each<[string, DeliveryResult]>([
    ['a 404 without its detail', failed('credentials', 'NOT_FOUND')],
    ['a refused key of its platform', failed('platform_credentials', 'THIRD_PARTY_AUTH_ERROR')],
    ['a refused key', failed('credentials', 'UNAUTHENTICATED')],
    ['a missing permission', failed('credentials', 'PERMISSION_DENIED')],
    ['a message it cannot take', failed('message', 'INVALID_ARGUMENT')],
    ['trouble of its own', refused('server')],
    ['nothing in time', UNKNOWN],
  ])('never prunes it after %s, but notes it', async (_, result) => {
    provider.answer('phone-of-ada', result);
    await tried(newEvent({ userId: 'ada' }));
    expect(await stateOf('ada')).toBe('active');
    expect(await resultOf('ada')).toBe(result.outcome === 'failed' ? result.code : 'unknown');
    expect(await counted('pruned')).toBe(0);
  });

  it("quarantines it when it is another sender's", async () => {
    provider.answer('phone-of-ada', refused('target_refused'));
    expect(await tried(newEvent({ userId: 'ada' }))).toMatchObject({
      last_error: { code: 'SENDER_ID_MISMATCH' },
    });
    expect(await stateOf('ada')).toBe('quarantined');
    expect(await counted('quarantined')).toBe(1);
  });

  it("is counted by platform when it is the platform's key that is refused", async () => {
    await worker.devices.register({ userId: 'ada', token: 'iphone-of-ada', platform: 'ios' });
    for (const token of ['phone-of-ada', 'iphone-of-ada'])
      provider.answer(token, refused('platform_credentials'));
    await tried(newEvent({ userId: 'ada' }));
    const text = await worker.metrics.registry.metrics();
    expect(text).toContain('herald_platform_refusals_total{platform="ios"} 1');
    expect(text).toContain('herald_platform_refusals_total{platform="unknown"} 1');
  });

  it('comes too late when the token was registered again since the send began', async () => {
    provider.answer('phone-of-ada', refused('target_gone'));
    provider.hold();
    const trying = tried(newEvent({ userId: 'ada' }));
    await until(() => provider.inFlight === 1);
    await worker.devices.register({ userId: 'ada', token: 'phone-of-ada' });
    provider.release();
    await trying;
    expect(await stateOf('ada')).toBe('active');
    expect(await counted('renewed')).toBe(1);
  });

  it('is told to nobody else: an event of a user whose devices are all pruned has no target left', async () => {
    provider.answer('phone-of-ada', refused('target_gone'));
    await tried(newEvent({ userId: 'ada' }));
    const event = await tried(newEvent({ userId: 'ada' }));
    expect(event).toMatchObject({ status: 'failed', attempts: 0, last_error: { code: 'UNREGISTERED' } });
    expect(provider.sentTo).toEqual(['phone-of-ada']);
  });

  it('leaves the token of another system alone', async () => {
    const userId = `${test.prefix}-eve`;
    await test.redis.set(`fcm:token:${userId}`, 'phone-of-eve');
    provider.answer('phone-of-eve', refused('target_gone'));
    expect(await tried(newEvent({ userId }))).toMatchObject({ status: 'failed' });
    expect(await test.redis.get(`fcm:token:${userId}`)).toBe('phone-of-eve');
    expect(await worker.devices.find('phone-of-eve')).toBeNull();
  });
});

it('a result that stays the same is noted once an hour, so that most messages cost no write', async () => {
  const clock = new ManualClock(Date.now());
  worker = await newWorker({ url: test.url, prefix: test.prefix, provider, clock });
  await worker.devices.register({ userId: 'ada', token: 'phone-of-ada' });
  const notedAt = async () => (await worker.devices.list('ada'))[0]!.last_result?.at;
  await tried(newEvent({ userId: 'ada' }));
  const first = await notedAt();
  expect(await resultOf('ada')).toBe('delivered');
  await tried(newEvent({ userId: 'ada' }));
  expect(await notedAt()).toBe(first);
  clock.advance(2 * 3_600_000);
  await tried(newEvent({ userId: 'ada' }));
  expect(await notedAt()).not.toBe(first);
});

it('a device whose quarantine a delivered message ends follows the topics of definitions again', async () => {
  const definition = { title: 'A', body: 'B', target: { topic: 'news' }, subscribe: 'all' };
  await new Messages(new MessageStore(test.redis, test.prefix)).define('news.out', definition);
  await worker.devices.register({ userId: 'ada', token: 'phone-of-ada' });
  const { devices } = await worker.devices.targetsOf('ada');
  provider.answer('phone-of-ada', refused('target_refused'));
  await tried(newEvent({ userId: 'ada' }));
  expect(await stateOf('ada')).toBe('quarantined');

  const target = { kind: 'token', token: 'phone-of-ada' } as const;
  const message = { target, notification: { title: 'A', body: 'B' }, data: {} };
  await worker.pruner.learn(devices, [{ message, result: DELIVERED }]);
  await worker.pruner.run();
  expect(await stateOf('ada')).toBe('active');
  expect(await new Topics(test.redis, test.prefix).list('ada')).toMatchObject({ items: [{ topic: 'news' }] });
});

it('when suspiciously many tokens are called gone, it stops, and says so once', async () => {
  const users = Array.from({ length: 25 }, (_, index) => `user-${index}`);
  for (const userId of users) {
    await worker.devices.register({ userId, token: `phone-of-${userId}` });
    provider.answer(`phone-of-${userId}`, refused('target_gone'));
    await tried(newEvent({ userId }));
  }
  await worker.pruner.run();
  await worker.pruner.run();
  expect(await Promise.all(users.map(stateOf))).toEqual([
    ...Array<string>(20).fill('pruned'),
    ...Array<string>(5).fill('active'),
  ]);
  expect(await counted('suppressed')).toBe(5);
  expect(worker.logger.texts('error')).toEqual([expect.stringMatching(/^No token is pruned any more/)]);
  expect(await worker.metrics.registry.metrics()).toContain('herald_pruning_stopped 1');

  await test.redis.del(breakerKey());
  await worker.pruner.run();
  expect(worker.logger.texts('log')).toContainEqual(expect.stringMatching(/^Tokens are pruned again/));
  expect(await worker.metrics.registry.metrics()).toContain('herald_pruning_stopped 0');
});

it("when suspiciously many tokens are called another sender's, quarantine stops, and says so once", async () => {
  const users = Array.from({ length: 7 }, (_, index) => `user-${index}`);
  for (const userId of users) {
    await worker.devices.register({ userId, token: `phone-of-${userId}` });
    provider.answer(`phone-of-${userId}`, refused('target_refused'));
    await tried(newEvent({ userId }));
  }
  expect(await Promise.all(users.map(stateOf))).toEqual([
    ...Array<string>(5).fill('quarantined'),
    ...Array<string>(2).fill('active'),
  ]);
  expect(worker.logger.texts('error')).toEqual([expect.stringMatching(/^No token is quarantined any more/)]);
  const text = await worker.metrics.registry.metrics();
  expect(text).toContain('herald_quarantine_stopped 1');
  expect(text).toContain('herald_pruning_stopped 0');

  await test.redis.del(breakerKey());
  await worker.pruner.run();
  expect(worker.logger.texts('log')).toContainEqual(expect.stringMatching(/^Tokens are quarantined again/));
});

it('an event is settled although what was learned cannot be noted', async () => {
  await worker.devices.register({ userId: 'ada', token: 'phone-of-ada' });
  provider.answer('phone-of-ada', refused('target_gone'));
  await test.redis.set(breakerKey(), 'of another type');
  const event = newEvent({ userId: 'ada' });
  await expect(tried(event)).rejects.toThrow('WRONGTYPE');
  expect(await test.events.find(event.source, event.eventId)).toMatchObject({ status: 'failed' });
  expect(await stateOf('ada')).toBe('active');
  expect(worker.logger.texts('warn')).toEqual(['dead-lettered', expect.stringContaining('is not noted')]);
});
