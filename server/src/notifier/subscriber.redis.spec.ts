import { RecordingLogger } from '../../test/recording-logger';
import { SimulatorClient, startClient } from '../../test/fcm-simulator';
import { useRedis } from '../../test/redis';
import { until } from '../../test/until';
import { systemClock } from '../config/clock';
import { createTopicManagement } from '../delivery/create-provider';
import type { TopicManagement } from '../delivery/topic-management';
import { Devices } from '../devices/devices';
import { Pruning } from '../devices/pruning';
import { Topics } from '../devices/topics';
import { Messages } from '../messages/messages';
import { MessageStore } from '../messages/store';
import { Metrics } from '../telemetry/metrics';
import { BackgroundRole } from './background-role';
import { Pruner } from './pruner';
import { Subscriber } from './subscriber';

const test = useRedis();
const NEWS = [{ topic: 'news' }];
let client: SimulatorClient;
let devices: Devices;
let topics: Topics;
let metrics: Metrics;
let logger: RecordingLogger;
let management: TopicManagement;
const running: BackgroundRole[] = [];

beforeEach(async () => {
  client = await startClient();
  devices = new Devices(test.redis, test.prefix);
  topics = new Topics(test.redis, test.prefix);
  metrics = new Metrics();
  logger = new RecordingLogger();
  const { url: endpoint, ca } = client.simulator;
  management = createTopicManagement(
    { mode: 'live', endpoint, ca, connections: 1, timeoutMs: 5000, projectId: 'shop' },
    { info: () => undefined },
  );
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((role) => role.stop()));
  await management.close();
  await client.close();
});

function newSubscriber(): Subscriber {
  const pruning = new Pruning(test.redis, test.prefix, { maxShare: 1, freePerMinute: 100 });
  const messages = new Messages(new MessageStore(test.redis, test.prefix));
  const pruner = new Pruner(pruning, messages, systemClock, metrics, logger);
  return new Subscriber(topics, management, pruner, metrics, logger);
}

function start(): void {
  const role = new BackgroundRole(newSubscriber(), logger, metrics);
  running.push(role);
  role.start();
}

const followers = async (topic = 'news') =>
  ((await client.ask('GET', `/simulator/topics?topic=${topic}`)).json as unknown as { items: string[] })
    .items;
const steer = (token_prefix: string, behaviour: string | null) =>
  client.ask('PUT', '/simulator/rules', { token_prefix, behaviour });
const register = (token: string) => devices.register({ userId: 'ada', token }, NEWS);
const stateOf = async (user = 'ada') => (await topics.list(user)).items[0]?.devices[0];
const counted = async () =>
  (await metrics.topicChanges.get()).values.map(
    ({ labels, value }) => `${labels.change} ${labels.outcome} ${value}`,
  );

describe('the subscriber', () => {
  it('tells FCM who follows a topic, and who no longer does', async () => {
    start();
    await register('a1');
    await register('a2');
    await until(async () => (await followers()).length === 2);
    await devices.signOut('a1');
    await until(async () => (await followers()).length === 1);
    expect(await followers()).toEqual(['a2']);
    await until(async () => (await counted()).includes('unsubscribe done 1'));
  });

  it('of two workers tells it together', async () => {
    start();
    start();
    const tokens = Array.from({ length: 1500 }, (_, n) => `device-${n}`);
    await Promise.all(tokens.map((token, n) => devices.register({ userId: `u${n}`, token }, NEWS)));
    await until(async () => (await followers()).length === 1500);
  });

  it("leaves a device that FCM does not know, and prunes it only if that is FCM's own word", async () => {
    await register('unregistered-1');
    await newSubscriber().run();
    expect(await stateOf()).toMatchObject({ state: 'refused', code: 'NOT_FOUND' });
    expect(await devices.list('ada')).toMatchObject([{ state: 'active' }]);

    jest.spyOn(management, 'change').mockResolvedValueOnce({ ok: true, results: ['UNREGISTERED'] });
    await register('unregistered-1');
    await newSubscriber().run();
    expect(await devices.list('ada')).toMatchObject([{ state: 'pruned' }]);
  });

  it('tries again, after a rest, what FCM has trouble with', async () => {
    await steer('a1', 'internal');
    await register('a1');
    await register('a2');
    await newSubscriber().run();
    expect(await followers()).toEqual(['a2']);
    expect(await topics.take()).toEqual({ topic: null, nextInMs: expect.any(Number) });
    expect(await counted()).toEqual(expect.arrayContaining(['subscribe done 1', 'subscribe again 1']));
  });

  it('lets a topic rest as long as FCM wants, and twice as long after each failed call', async () => {
    await register('a1');
    await steer('/topics/news', 'unavailable-20');
    const subscriber = newSubscriber();
    await subscriber.run();
    const rest = await topics.take();
    expect(rest.topic === null && rest.nextInMs).toBeGreaterThan(19_000);
    await steer('/topics/news', 'unavailable');
    for (const pauseMs of [2000, 4000]) {
      await test.redis.zadd(`{${test.prefix}:devices}:topics-due`, 0, 'news');
      await subscriber.run();
      const { nextInMs } = (await topics.take()) as { nextInMs: number };
      expect(nextInMs).toBeGreaterThan(pauseMs - 500);
      expect(nextInMs).toBeLessThanOrEqual(pauseMs);
    }
    await steer('/topics/news', null);
    await test.redis.zadd(`{${test.prefix}:devices}:topics-due`, 0, 'news');
    await subscriber.run();
    expect(await stateOf()).toMatchObject({ state: 'subscribed' });
    expect(logger.texts('warn')).toContain('FCM was not told of a topic');
  });
});
