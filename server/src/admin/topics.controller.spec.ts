import { ask } from '../../test/admin';
import { useApi } from '../../test/api';
import { expectProblem, send } from '../../test/http';
import { ignoreErrors, testRedisUrl } from '../../test/redis';
import { hashOf } from '../devices/device-keys';
import { Devices } from '../devices/devices';
import { Pruning } from '../devices/pruning';
import { Topics } from '../devices/topics';
import { Messages } from '../messages/messages';
import { MessageStore } from '../messages/store';
import { RedisConnections } from '../redis/connections';
import { isRedisTrouble } from '../redis/trouble';
import { Metrics } from '../telemetry/metrics';
import { DevicesController } from './devices.controller';
import { TopicsController } from './topics.controller';

const api = useApi();

const of = (user: string, topic = '') =>
  `/api/admin/users/${encodeURIComponent(user)}/topics${topic && `/${encodeURIComponent(topic)}`}`;
const list = async (user: string) => (await ask(api, of(user))).body;
const register = (user_id: string, token: string, platform?: string) =>
  ask(api, '/api/devices', { method: 'PUT', body: { user_id, token, platform } });
const define = (type: string, subscribe: unknown, topic = 'news') =>
  ask(api, `/api/admin/messages/${type}`, {
    method: 'PUT',
    body: { title: 'A', body: 'B', target: { topic }, subscribe },
  });

describe('topics of a user', () => {
  it('are followed by the devices there are', async () => {
    await register('ada', 'of-ada');
    expect(await ask(api, of('ada', 'cats'), { method: 'PUT' })).toMatchObject({
      status: 200,
      body: { status: 'changed', user_id: 'ada', topic: 'cats' },
    });
    expect(await list('ada')).toEqual({
      user_id: 'ada',
      items: [
        {
          topic: 'cats',
          by: 'user',
          devices: [{ token_hash: expect.stringMatching(/^[0-9a-f]{16}$/), state: 'wanted', code: null }],
        },
      ],
      excluded: [],
    });
    expect((await ask(api, of('ada', 'cats'), { method: 'DELETE' })).status).toBe(204);
    expect(await list('ada')).toEqual({ user_id: 'ada', items: [], excluded: [] });
  });

  it('come with a definition, and can be excluded from it', async () => {
    expect((await define('news.out', { platforms: ['ios'] })).status).toBe(200);
    await register('bob', 'of-bob', 'ios');
    await register('eve', 'of-eve', 'web');
    expect(await list('bob')).toMatchObject({ items: [{ topic: 'news', by: 'definition' }] });
    expect(await list('eve')).toMatchObject({ items: [] });
    expect((await ask(api, of('bob', 'news'), { method: 'DELETE' })).status).toBe(204);
    await register('bob', 'of-bob', 'ios');
    expect(await list('bob')).toEqual({ user_id: 'bob', items: [], excluded: ['news'] });
    await ask(api, of('bob', 'news'), { method: 'PUT' });
    expect(await list('bob')).toMatchObject({ items: [{ topic: 'news', by: 'user' }], excluded: [] });
  });

  it('must have the name of a topic', async () => {
    const answer = await ask(api, of('ada', 'no topic'), { method: 'PUT' });
    expectProblem(answer, 'invalid_query', { details: [{ field: 'topic', message: expect.any(String) }] });
  });

  it('are no business of strangers', async () => {
    expectProblem(await send(api, of('ada')), 'unauthorized');
  });
});

describe('a definition that has devices follow its topic', () => {
  it.each([
    ['a template', 'all', 'city-{{ city }}'],
    ['an unknown platform', { platforms: ['pager'] }, 'news'],
    ['no platform', { platforms: [] }, 'news'],
    ['something else', 'some', 'news'],
  ])('is refused with %s', async (_, subscribe, topic) => {
    const answer = await define('news.wrong', subscribe, topic);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('"field":"subscribe');
  });

  it('is refused with another target', async () => {
    const body = { title: 'A', body: 'B', subscribe: 'all' };
    const answer = await ask(api, '/api/admin/messages/news.wrong', { method: 'PUT', body });
    expectProblem(answer, 'invalid_payload', {
      details: [{ field: 'subscribe', message: 'needs a target that is one topic, without a template' }],
    });
  });
});

describe('an api whose first look at the definitions failed', () => {
  let devices: DevicesController;
  let topics: TopicsController;

  beforeEach(async () => {
    expect((await define('news.out', 'all')).status).toBe(200);
    for (const user of ['kim', 'lou'])
      await ask(api, '/api/devices', {
        method: 'PUT',
        body: { user_id: user, token: 'of-kim', shared: true },
      });
    knowing(api.redis);
  });

  /** Controllers that know no definitions but those `redis` tells them of. */
  function knowing(redis: typeof api.redis): void {
    const messages = new Messages(new MessageStore(redis, api.config.redis.prefix));
    const get: typeof api.app.get = (token: never) => api.app.get(token);
    devices = new DevicesController(get(Devices), get(Pruning), messages, get(Metrics));
    topics = new TopicsController(get(Topics), messages);
  }

  const CONTACTS: [string, () => Promise<unknown>][] = [
    ['registers', () => devices.register({ user_id: 'kim', token: 'of-kim' })],
    ['was in contact', () => devices.touch('of-kim', {})],
    ['is signed out by another user', () => devices.forget('of-kim', { user_id: 'lou' })],
    ['is to follow another topic', () => topics.follow('kim', 'cats')],
    ['is to leave another topic', () => topics.leave('kim', 'cats')],
  ];

  it.each(CONTACTS)('leaves a device that %s its topics', async (_, contact) => {
    await contact();
    const { items } = await topics.list('kim');
    expect(items).toContainEqual(expect.objectContaining({ topic: 'news', by: 'definition' }));
  });

  it('gives a device that is restored its topics back', async () => {
    const { devices: targets } = await api.app.get(Devices).targetsOf('kim');
    await api.app.get(Pruning).prune('of-kim', targets[0]!.version!, 'UNREGISTERED');
    await devices.restore('kim', hashOf('of-kim'));
    expect(await topics.list('kim')).toMatchObject({ items: [{ topic: 'news', by: 'definition' }] });
  });

  it.each(CONTACTS)('tells a device that %s to come again while Redis is away', async (_, contact) => {
    const connections = new RedisConnections({ url: testRedisUrl(), commandTimeoutMs: 500 }, ignoreErrors);
    knowing(connections.forCommands());
    connections.closeAll();
    const error: unknown = await contact().catch((reason: unknown) => reason);
    expect(isRedisTrouble(error)).toBe(true);
  });
});
