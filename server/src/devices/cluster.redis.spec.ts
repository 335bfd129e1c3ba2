import { setImmediate as turn } from 'node:timers/promises';
import { ignoreErrors, ready } from '../../test/redis';
import { startCluster, type TestCluster } from '../../test/redis-cluster';
import { RedisConnections } from '../redis/connections';
import { hashOf } from './device-keys';
import { Devices } from './devices';
import { Pruning } from './pruning';
import { Topics } from './topics';

let cluster: TestCluster;
let connections: RedisConnections;
let devices: Devices;
let second: Devices;
let pruning: Pruning;
let topics: Topics;

beforeAll(async () => {
  cluster = await startCluster('a-password');
  connections = new RedisConnections({ url: cluster.urls, commandTimeoutMs: 5000 }, ignoreErrors);
  devices = new Devices(await ready(connections.forCommands()), 'herald');
  second = new Devices(await ready(connections.forCommands()), 'herald');
  pruning = new Pruning(connections.forCommands(), 'herald', { maxShare: 0.25, freePerMinute: 20 });
  topics = new Topics(connections.forCommands(), 'herald');
  await until(() => pruning.tally());
}, 20_000);
afterAll(async () => {
  connections.closeAll();
  await cluster.stop();
});

/** Until a connection is there. */
async function until(run: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const done = await run().then(
      () => true,
      () => false,
    );
    if (done) return;
    await turn();
  }
}

it('every command keeps to one slot of a Redis Cluster', async () => {
  expect(await devices.register({ userId: 'ada', token: 'phone', shared: true })).toBe('registered');
  expect(await devices.register({ userId: 'bob', token: 'phone', shared: true })).toBe('registered');
  expect(await devices.touch('phone', { locale: 'de' })).toBe('touched');
  const { version } = (await devices.targetsOf('ada')).devices[0]!;
  pruning.note('phone', 'delivered', true);
  pruning.sent();
  expect((await pruning.tally()).pruning).toBeNull();
  expect(await pruning.prune('phone', version!, 'UNREGISTERED')).toBe('pruned');
  expect((await pruning.stops()).pruning).toBeNull();
  expect(await devices.list('bob')).toMatchObject([{ state: 'pruned', shared: true }]);
  expect(await devices.restore('bob', hashOf('phone'))).toBe('restored');
  expect(await devices.find('phone')).toMatchObject({ user_ids: expect.arrayContaining(['ada', 'bob']) });
  expect(await devices.register({ userId: 'eve', token: 'phone' })).toBe('moved');
  expect(await topics.wish('eve', 'news', 'in', [])).toBe('changed');
  const work = await topics.take();
  expect(work).toMatchObject({ topic: 'news', changes: [{ token: 'phone' }] });
  expect(await topics.settle('news', [], 0)).toEqual({ done: 0, failed: 0, again: 0 });
  expect(await topics.list('eve')).toMatchObject({
    items: [{ topic: 'news', devices: [{ state: 'wanted' }] }],
  });
  expect(await devices.signOut('phone', 'eve')).toBe('forgotten');
});

it('the token of another system is a target unless it is registered for somebody else', async () => {
  const tokens = async () => (await devices.targetsOf('ida')).devices.map(({ token }) => token);
  const redis = await ready(connections.forCommands());
  await redis.set('fcm:token:ida', 'phone-of-ida');
  expect(await tokens()).toEqual(['phone-of-ida']);
  await devices.register({ userId: 'uma', token: 'phone-of-ida' });
  expect(await tokens()).toEqual([]);
});

it('what another system has put there that is no string is no target', async () => {
  const redis = await ready(connections.forCommands());
  await redis.hset('fcm:token:eva', 'ios', 'phone-of-eva');
  expect((await devices.targetsOf('eva')).devices).toEqual([]);
});

it('a token that moves about is never with two users, and each move is seen whole', async () => {
  const users = ['ada', 'bob', 'eve'];
  await devices.register({ userId: 'ada', token: 'wanderer' });
  let moving = true;
  const mover = (async () => {
    for (let move = 1; move <= 300; move++)
      await devices.register({ userId: users[move % 3]!, token: 'wanderer' });
    moving = false;
  })();
  let looks = 0;
  while (moving) {
    const { user_ids } = (await second.find('wanderer'))!;
    expect(user_ids).toHaveLength(1);
    looks++;
  }
  await mover;
  expect(looks).toBeGreaterThan(10);
  const holders = await Promise.all(users.map((user) => second.targetsOf(user)));
  expect(holders.map((held) => held.devices.length)).toEqual([1, 0, 0]);
});
