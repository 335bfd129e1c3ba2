import { clockOf, manualRedis } from '../../test/model/manual-redis';
import { useRedis } from '../../test/redis';
import { DeviceKeys, hashOf } from './device-keys';
import { Devices } from './devices';
import { Pruning } from './pruning';
import { type TopicResult, type TopicRule, Topics } from './topics';

const test = useRedis();
const START = Date.UTC(2026, 10, 24, 12);
const LEASE_MS = 60_000;
const NEWS: TopicRule[] = [{ topic: 'news' }];
const SETTINGS = { perCall: 3, perSecond: 10, leaseMs: LEASE_MS, mostTries: 3 };
let devices: Devices;
let topics: Topics;
let other: Topics;
let now: number;

beforeEach(async () => {
  const { client } = manualRedis(test.redis);
  devices = new Devices(client, test.prefix);
  topics = new Topics(client, test.prefix, SETTINGS);
  other = new Topics(client, test.prefix, SETTINGS);
  now = START;
  await pass(0);
});

/** Moves Redis' clock. */
async function pass(ms: number): Promise<void> {
  now += ms;
  await test.redis.set(clockOf(new DeviceKeys(test.prefix).topicsDue), now);
}

const register = (token: string, rules = NEWS, more: { userId?: string; platform?: string } = {}) =>
  devices.register({ userId: 'ada', token, ...more }, rules);

/** All the work there is, and what comes of it, as `+token` and `-token`. */
async function told(verdict: TopicResult['verdict'] = 'done', code = ''): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const work = await topics.take();
    if (work.topic === null) return lines.sort();
    lines.push(...work.changes.map(({ change, token }) => `${work.topic} ${change[0]}${token}`));
    await topics.settle(
      work.topic,
      work.changes.map((change) => ({ ...change, verdict, code })),
      verdict === 'again' ? 10 : 0,
    );
  }
}

const statesOf = async (user = 'ada') =>
  (await topics.list(user)).items.flatMap(({ topic, by, devices: followers }) =>
    followers.map(({ state, code }) => [topic, by, code ?? state].join(' ')),
  );

describe('a device that is registered', () => {
  it('follows the topics that definitions have, once FCM has been told', async () => {
    await register('a1');
    expect(await statesOf()).toEqual(['news definition wanted']);
    expect(await told()).toEqual(['news +a1']);
    expect(await statesOf()).toEqual(['news definition subscribed']);
    expect(await topics.take()).toEqual({ topic: null, nextInMs: Infinity });
  });

  it('is not told of again when it is registered or seen again', async () => {
    await register('a1');
    await told();
    await register('a1');
    await devices.touch('a1', {}, NEWS);
    expect(await told()).toEqual([]);
  });

  it('follows only topics for its platform, and none of a platform it does not name', async () => {
    const rules = [{ topic: 'phones', platforms: ['android', 'ios'] }, { topic: 'all' }];
    await register('a1', rules, { platform: 'ios' });
    await register('w1', rules, { platform: 'web' });
    await register('x1', rules);
    expect(await told()).toEqual(['all +a1', 'all +w1', 'all +x1', 'phones +a1']);
  });

  it('leaves, at its next contact, what no definition has any more', async () => {
    await register('a1', [...NEWS, { topic: 'sport' }]);
    await told();
    await devices.touch('a1', {}, NEWS);
    expect(await told()).toEqual(['sport -a1']);
    expect(await statesOf()).toEqual(['news definition subscribed']);
  });

  it('leaves, when it moves to another user, what the one before wished, and follows what the other wishes', async () => {
    await topics.wish('ada', 'cats', 'in', NEWS);
    await topics.wish('bob', 'dogs', 'in', NEWS);
    await register('a1');
    expect(await told()).toEqual(['cats +a1', 'news +a1']);
    await register('a1', NEWS, { userId: 'bob' });
    expect(await told()).toEqual(['cats -a1', 'dogs +a1']);
    expect(await statesOf('bob')).toEqual(['dogs user subscribed', 'news definition subscribed']);
  });

  it('of several users follows what each wishes, and what is left of it when one signs out', async () => {
    await topics.wish('ada', 'cats', 'in', []);
    await topics.wish('bob', 'dogs', 'in', []);
    for (const userId of ['ada', 'bob']) await devices.register({ userId, token: 's1', shared: true });
    expect(await told()).toEqual(['cats +s1', 'dogs +s1']);
    await devices.signOut('s1', 'ada');
    expect(await told()).toEqual(['cats -s1']);
  });

  it('follows 2,000 topics at most', async () => {
    const rules = Array.from({ length: 2001 }, (_, n) => ({ topic: `t${n}` }));
    await register('a1', rules);
    const states = await statesOf();
    expect(states.filter((state) => state.endsWith('wanted'))).toHaveLength(2000);
    expect(states.filter((state) => state.endsWith('TOO_MANY_TOPICS'))).toHaveLength(1);
  });
});

describe('a device that is no target any more follows nothing', () => {
  beforeEach(async () => {
    await register('a1');
    await told();
  });

  it('when it signs out', async () => {
    await devices.signOut('a1');
    expect(await told()).toEqual(['news -a1']);
  });

  it.each(['prune', 'quarantine'] as const)(
    'after a %s, and follows again when it is restored',
    async (how) => {
      const { client } = manualRedis(test.redis);
      const pruning = new Pruning(client, test.prefix, { maxShare: 1, freePerMinute: 100 });
      const { version } = (await devices.targetsOf('ada')).devices[0]!;
      await pruning[how]('a1', version!, 'UNREGISTERED');
      expect(await told()).toEqual(['news -a1']);
      await topics.wish('ada', 'cats', 'in', NEWS);
      expect(await told()).toEqual([]);
      await devices.restore('ada', hashOf('a1'), NEWS);
      expect(await told()).toEqual(['cats +a1', 'news +a1']);
    },
  );

  it('after a quarantine, and follows again when FCM takes a message for it', async () => {
    const pruning = new Pruning(manualRedis(test.redis).client, test.prefix, {
      maxShare: 1,
      freePerMinute: 1,
    });
    const { version } = (await devices.targetsOf('ada')).devices[0]!;
    await pruning.quarantine('a1', version!, 'SENDER_ID_MISMATCH');
    await topics.wish('ada', 'cats', 'in', NEWS);
    expect(await told()).toEqual(['news -a1']);
    pruning.note('a1', 'delivered', true);
    await pruning.tally(NEWS);
    expect(await told()).toEqual(['cats +a1', 'news +a1']);
  });

  it('when it makes room for another of its user', async () => {
    await pass(1);
    for (let n = 0; n < 1000; n++) await register(`b${n}`, []);
    expect(await told()).toEqual(['news -a1']);
  });
});

describe('what a user wishes', () => {
  it('goes for the devices there are, and those that come', async () => {
    await register('a1', []);
    expect(await topics.wish('ada', 'cats', 'in', [])).toBe('changed');
    expect(await topics.wish('ada', 'cats', 'in', [])).toBe('unchanged');
    await register('a2', []);
    expect(await told()).toEqual(['cats +a1', 'cats +a2']);
    expect(await topics.wish('ada', 'cats', 'none', [])).toBe('changed');
    expect(await told()).toEqual(['cats -a1', 'cats -a2']);
  });

  it('goes over what definitions have, until it is wished no more', async () => {
    await register('a1');
    await told();
    await topics.wish('ada', 'news', 'out', NEWS);
    expect(await told()).toEqual(['news -a1']);
    await devices.touch('a1', {}, NEWS);
    expect(await topics.list('ada')).toEqual({ user_id: 'ada', items: [], excluded: ['news'] });
    await topics.wish('ada', 'news', 'none', NEWS);
    expect(await told()).toEqual(['news +a1']);
  });

  it('is known before there is a device', async () => {
    await topics.wish('ada', 'cats', 'in', []);
    expect(await topics.list('ada')).toMatchObject({ items: [{ topic: 'cats', by: 'user', devices: [] }] });
  });
});

describe('work', () => {
  it('comes in calls of a limited size, of one topic, which nobody else has meanwhile', async () => {
    for (let n = 0; n < 5; n++) await register(`a${n}`);
    const work = await topics.take();
    expect(work).toMatchObject({ topic: 'news' });
    expect(work.topic && work.changes).toHaveLength(3);
    expect(await other.take()).toEqual({ topic: null, nextInMs: LEASE_MS });
  });

  it('of a worker that died is taken by another when its lease has ended', async () => {
    await register('a1');
    await topics.take();
    await pass(LEASE_MS);
    expect(await other.take()).toMatchObject({ topic: 'news', changes: [{ token: 'a1', change: '+0' }] });
  });

  it('that is wanted otherwise meanwhile is left to be told', async () => {
    await register('a1');
    const work = await topics.take();
    await devices.signOut('a1');
    if (work.topic === null) throw new Error('there was none');
    const results = work.changes.map((change) => ({ ...change, verdict: 'done' as const, code: '' }));
    expect(await topics.settle('news', results, 0)).toEqual({ done: 0, failed: 0, again: 0 });
    expect(await told()).toEqual(['news -a1']);
  });

  it('never exceeds what all workers may do in a second', async () => {
    for (let n = 0; n < 30; n++) await register(`a${n}`);
    let taken = 0;
    const takeAll = async () => {
      for (;;) {
        const work = await (taken % 2 ? topics : other).take();
        if (work.topic === null) return work.nextInMs;
        taken += work.changes.length;
        const results = work.changes.map((change) => ({ ...change, verdict: 'done' as const, code: '' }));
        await topics.settle(work.topic, results, 0);
      }
    };
    const nextInMs = await takeAll();
    expect(taken).toBe(9);
    expect(nextInMs).toBe(200);
    await pass(nextInMs);
    await takeAll();
    expect(taken).toBe(12);
  });

  it('that FCM has trouble with rests, and is given up after some tries', async () => {
    await register('a1');
    expect(await told('again', 'INTERNAL')).toEqual(['news +a1']);
    expect(await topics.take()).toEqual({ topic: null, nextInMs: 10 });
    await pass(10);
    expect(await told('again', 'INTERNAL')).toEqual(['news +a1']);
    await pass(10);
    expect(await told('again', 'INTERNAL')).toEqual(['news +a1']);
    expect(await statesOf()).toEqual(['news definition INTERNAL']);
    expect(await topics.take()).toEqual({ topic: null, nextInMs: Infinity });
  });

  it('that FCM refused is tried again when the app registers again', async () => {
    await register('a1');
    await told('failed', 'NOT_FOUND');
    expect(await statesOf()).toEqual(['news definition NOT_FOUND']);
    await register('a1');
    expect(await told()).toEqual(['news +a1']);
  });
});
