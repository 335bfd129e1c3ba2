import { readCondition } from '../../../../e2e/simulator/condition';
import { OWNER, type SimulatorClient, startClient } from '../../../test/fcm-simulator';

let client: SimulatorClient;
beforeEach(async () => {
  client = await startClient();
});
afterEach(() => client.close());

/** The devices that show a message. */
const screens = () =>
  client.simulator.inbox().flatMap(({ token, notifications }) => (notifications.length > 0 ? token : []));

describe('a topic', () => {
  it('brings a message to the screens of those who follow it', async () => {
    expect((await client.topicCall('batchAdd', 'news', ['a', 'b'])).json).toEqual({ results: [{}, {}] });
    await client.topicCall('batchAdd', 'sport', ['c']);
    await client.send({ topic: 'news' });
    expect(screens().sort()).toEqual(['a', 'b']);
    expect(client.simulator.inbox('a')[0]?.notifications).toMatchObject([{ topic: '/topics/news' }]);
    expect(client.simulator.received()).toMatchObject([{ target: '/topics/news', answer: 'OK' }]);
  });

  it('is left again', async () => {
    await client.topicCall('batchAdd', 'news', ['a', 'b']);
    await client.topicCall('batchRemove', 'news', ['a', 'who-never-came']);
    await client.send({ topic: 'news' });
    expect(screens()).toEqual(['b']);
    expect((await client.ask('GET', '/simulator/topics')).json.items).toEqual([
      { topic: 'news', followers: 1 },
    ]);
    expect((await client.ask('GET', '/simulator/topics?topic=news')).json.items).toEqual(['b']);
  });

  it('nobody follows takes messages all the same', async () => {
    expect((await client.send({ topic: 'nobody' })).status).toBe(200);
    expect(screens()).toEqual([]);
  });

  it('gets nothing that is only checked', async () => {
    await client.topicCall('batchAdd', 'news', ['a']);
    await client.post({ message: { topic: 'news', notification: { title: 'x' } }, validate_only: true });
    expect(screens()).toEqual([]);
  });

  it('takes a thousand devices in a call and no more', async () => {
    const thousand = Array.from({ length: 1000 }, (_, n) => `phone-${n}`);
    const { json } = await client.topicCall('batchAdd', 'big', thousand);
    expect(json.results).toHaveLength(1000);
    expect(await client.topicCall('batchAdd', 'big', [...thousand, 'x'])).toMatchObject({
      status: 400,
      json: { error: { status: 'INVALID_ARGUMENT' } },
    });
    await client.send({ topic: 'big' });
    expect(screens()).toHaveLength(1000);
  });

  it('is one of at most 2,000 of a device', async () => {
    for (let n = 0; n < 2000; n++) {
      const path = `/iid/v1/phone/rel/topics/t${n}`;
      const { status } = await client.ask('POST', path, undefined, { ...OWNER, access_token_auth: 'true' });
      expect(status).toBe(200);
    }
    expect((await client.topicCall('batchAdd', 'more', ['phone'])).json.results).toEqual([
      { error: 'TOO_MANY_TOPICS' },
    ]);
    expect((await client.topicCall('batchAdd', 't0', ['phone'])).json.results).toEqual([{}]);
  });
});

describe('topic management', () => {
  it('tells of each device what is wrong with it', async () => {
    const tokens = ['ok', 'unregistered', 'invalid-token', 'internal', 'quota', 'sender-mismatch', '', 7];
    const { json } = await client.topicCall('batchAdd', 'news', tokens);
    expect(json.results?.map(({ error }) => error)).toEqual([
      undefined,
      'NOT_FOUND',
      'INVALID_ARGUMENT',
      'INTERNAL',
      'RESOURCE_EXHAUSTED',
      'PERMISSION_DENIED',
      'INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
    ]);
    expect((await client.ask('GET', '/simulator/topics?topic=news')).json.items).toEqual(['ok']);
  });

  it('fails as a whole by a rule about the topic', async () => {
    client.simulator.steer('/topics/news', 'unavailable-4');
    expect(await client.topicCall('batchAdd', 'news', ['a'])).toMatchObject({
      status: 503,
      headers: { 'retry-after': '4' },
    });
  });

  it.each([
    ['no list', 'news', 'a'],
    ['an empty list', 'news', []],
    ['a bad name', 'n e w s', ['a']],
  ])('refuses %s', async (_, topic, tokens) => {
    expect((await client.topicCall('batchAdd', topic, tokens)).status).toBe(400);
  });

  it('wants an access token, and to be told that it is one', async () => {
    const body = { to: '/topics/news', registration_tokens: ['a'] };
    expect((await client.ask('POST', '/iid/v1:batchAdd', body, { access_token_auth: 'true' })).status).toBe(
      401,
    );
    expect((await client.ask('POST', '/iid/v1:batchAdd', body, OWNER)).status).toBe(401);
  });

  it('knows what a device follows', async () => {
    await client.topicCall('batchAdd', 'news', ['my-ios-phone']);
    const headers = { ...OWNER, access_token_auth: 'true' };
    const { json } = await client.ask('GET', '/iid/info/my-ios-phone?details=true', undefined, headers);
    expect(json).toMatchObject({
      platform: 'IOS',
      rel: { topics: { news: { addDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) } } },
    });
    expect((await client.ask('GET', '/iid/info/unregistered', undefined, headers)).status).toBe(404);
  });
});

describe('a condition', () => {
  const matches = (text: string, ...followed: string[]) => readCondition(text)?.matches(new Set(followed));

  it.each<[string, string[], boolean]>([
    ["'a' in topics", ['a'], true],
    ["'a' in topics", ['b'], false],
    ["'a' in topics && 'b' in topics", ['a'], false],
    ["'a' in topics&&'b' in topics", ['a', 'b'], true],
    ["'a' in topics || 'b' in topics && 'c' in topics", ['a'], true],
    ["('a' in topics || 'b' in topics) && 'c' in topics", ['a'], false],
    ["!('a' in topics)", [], true],
    ["!'a' in topics && 'b' in topics", ['b'], true],
    ["!!('a' in topics)", [], false],
  ])('%s, of who follows %p: %p', (text, followed, expected) => {
    expect(matches(text, ...followed)).toBe(expected);
  });

  it.each([
    '',
    'a',
    "'a'",
    "'a' in topic",
    "'a' in topics 'b' in topics",
    "('a' in topics",
    '&&',
    "'a' in topics ||",
    '()',
  ])('is not %p', (text) => {
    expect(readCondition(text)).toBeUndefined();
  });

  it('reaches those it means', async () => {
    await client.topicCall('batchAdd', 'a', ['one', 'both']);
    await client.topicCall('batchAdd', 'b', ['both', 'two']);
    await client.send({ condition: "'a' in topics && !('b' in topics)" });
    expect(screens()).toEqual(['one']);
    await client.send({ condition: "!('a' in topics)" });
    expect(screens().sort()).toEqual(['one', 'two']);
  });
});
