import { clockOf, manualRedis } from '../../test/model/manual-redis';
import { useRedis } from '../../test/redis';
import { until } from '../../test/until';
import { DeviceKeys, hashOf } from './device-keys';
import { Devices } from './devices';
import { Pruning } from './pruning';

const test = useRedis();
const START = Date.UTC(2026, 10, 24, 12);
const DAY = 86_400_000;
const SETTINGS = { maxShare: 0.25, freePerMinute: 2 };
let devices: Devices;
let pruning: Pruning;
let other: Pruning;

beforeEach(async () => {
  const { client } = manualRedis(test.redis);
  devices = new Devices(client, test.prefix);
  pruning = new Pruning(client, test.prefix, SETTINGS);
  other = new Pruning(client, test.prefix, SETTINGS);
  await itIs(START);
});

/** Sets Redis' clock. */
const itIs = (ms: number) => test.redis.set(clockOf(new DeviceKeys(test.prefix).breaker), ms);
const stateOf = async (user: string) => (await devices.list(user))[0]?.state;
const targetOf = async (user: string) => (await devices.targetsOf(user)).devices[0]!;
const versionOf = async (user: string) => (await targetOf(user)).version!;

/** The answers to a token of each user's own that FCM calls gone. */
async function pruned(...users: string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const userId of users) {
    await devices.register({ userId, token: `of-${userId}` });
    const { token, version } = await targetOf(userId);
    answers.push(await pruning.prune(token, version!, 'UNREGISTERED'));
  }
  return answers;
}

function sentBy(worker: Pruning, messages: number): void {
  for (let index = 0; index < messages; index++) worker.sent();
}

describe('a pruned device', () => {
  let version: string;
  beforeEach(async () => {
    await devices.register({ userId: 'ada', token: 'of-ada' });
    version = await versionOf('ada');
    expect(await pruning.prune('of-ada', version, 'UNREGISTERED')).toBe('pruned');
  });

  it('is no target, but is known', async () => {
    expect(await devices.targetsOf('ada')).toEqual({ devices: [], anyPruned: true });
    expect(await devices.list('ada')).toMatchObject([
      {
        state: 'pruned',
        last_result: { code: 'UNREGISTERED', at: new Date(START).toISOString() },
        pruned: {
          at: new Date(START).toISOString(),
          code: 'UNREGISTERED',
          restorable_until: new Date(START + 30 * DAY).toISOString(),
        },
      },
    ]);
  });

  it('is pruned once', async () => {
    expect(await pruning.prune('of-ada', version, 'UNREGISTERED')).toBe('missing');
    expect(await pruning.prune('of-nobody', '1', 'UNREGISTERED')).toBe('missing');
  });

  it('is a target again once it is restored, and a late answer does not prune it', async () => {
    expect(await devices.restore('ada', hashOf('of-ada'))).toBe('restored');
    expect(await targetOf('ada')).toMatchObject({ token: 'of-ada' });
    expect(await pruning.prune('of-ada', version, 'UNREGISTERED')).toBe('renewed');
    expect(await devices.restore('ada', hashOf('of-ada'))).toBe('active');
  });

  it.each([
    ['registered again', () => devices.register({ userId: 'ada', token: 'of-ada' })],
    ['seen', () => devices.touch('of-ada')],
  ])('is in use again when it is %s', async (_, contact) => {
    await contact();
    expect(await stateOf('ada')).toBe('active');
    expect(await devices.restore('ada', hashOf('of-ada'))).toBe('active');
  });

  it('cannot be restored for who had it before somebody else registered it', async () => {
    await devices.register({ userId: 'bob', token: 'of-ada' });
    expect(await devices.restore('ada', hashOf('of-ada'))).toBe('missing');
    expect((await devices.targetsOf('ada')).devices).toEqual([]);
    expect(await targetOf('bob')).toMatchObject({ token: 'of-ada' });
  });
});

describe('a quarantined device', () => {
  let version: string;
  beforeEach(async () => {
    await devices.register({ userId: 'ada', token: 'of-ada', platform: 'ios' });
    expect(await targetOf('ada')).toMatchObject({ platform: 'ios' });
    version = await versionOf('ada');
    expect(await pruning.quarantine('of-ada', version, 'SENDER_ID_MISMATCH')).toBe('quarantined');
  });

  it('is no target, but is known, and for as long as any', async () => {
    expect(await devices.targetsOf('ada')).toEqual({ devices: [], anyPruned: true });
    const at = new Date(START).toISOString();
    const code = 'SENDER_ID_MISMATCH';
    expect(await devices.list('ada')).toMatchObject([
      { state: 'quarantined', last_result: { code, at }, pruned: null, quarantined: { at, code } },
    ]);
    const key = new DeviceKeys(test.prefix).device(hashOf('of-ada'));
    expect(await test.redis.pttl(key)).toBeGreaterThan(399 * DAY);
  });

  it('is quarantined once, and pruned when FCM says that it is gone', async () => {
    expect(await pruning.quarantine('of-ada', version, 'SENDER_ID_MISMATCH')).toBe('missing');
    expect(await pruning.prune('of-ada', version, 'UNREGISTERED')).toBe('pruned');
    expect((await devices.list('ada'))[0]).toMatchObject({ state: 'pruned', quarantined: null });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['restored', () => devices.restore('ada', hashOf('of-ada'))],
    ['registered again', () => devices.register({ userId: 'ada', token: 'of-ada' })],
    ['seen', () => devices.touch('of-ada')],
  ])('is in use again when it is %s, and a late answer changes nothing', async (_, end) => {
    await end();
    expect(await stateOf('ada')).toBe('active');
    expect(await pruning.quarantine('of-ada', version, 'SENDER_ID_MISMATCH')).toBe('renewed');
    expect(await devices.restore('ada', hashOf('of-ada'))).toBe('active');
  });

  it('is in use again when FCM takes a message for it later, not by one from before', async () => {
    await devices.restore('ada', hashOf('of-ada'));
    pruning.note('of-ada', 'delivered', true);
    expect(await pruning.quarantine('of-ada', await versionOf('ada'), 'SENDER_ID_MISMATCH')).toBe(
      'quarantined',
    );
    await pruning.tally();
    expect(await stateOf('ada')).toBe('quarantined');
    pruning.note('of-ada', 'delivered', true);
    await pruning.tally();
    expect(await stateOf('ada')).toBe('active');
  });
});

describe('the breaker of quarantine', () => {
  async function quarantined(users: number): Promise<string[]> {
    const answers: string[] = [];
    for (let index = 0; index < users; index++) {
      await devices.register({ userId: `q-${index}`, token: `of-q-${index}` });
      const { token, version } = await targetOf(`q-${index}`);
      answers.push(await pruning.quarantine(token, version!, 'SENDER_ID_MISMATCH'));
    }
    return answers;
  }

  it('lets five through in a minute, then stops, and pruning goes on', async () => {
    sentBy(pruning, 100);
    expect(await quarantined(6)).toEqual([...Array<string>(5).fill('quarantined'), 'suppressed']);
    expect(await stateOf('q-5')).toBe('active');
    expect(await other.stops()).toEqual({ pruning: null, quarantine: START });
    expect(await pruned('a')).toEqual(['pruned']);
  });

  it('does not mind more of them while they are at most one in a hundred', async () => {
    sentBy(pruning, 600);
    expect(new Set(await quarantined(6))).toEqual(new Set(['quarantined']));
  });

  it('closes when a minute has passed without that, whatever became of pruning', async () => {
    sentBy(pruning, 10);
    await quarantined(6);
    await itIs(START + 60_000);
    expect(await other.tally()).toEqual({ pruning: null, quarantine: null });
    expect(await pruning.quarantine('of-q-5', await versionOf('q-5'), 'SENDER_ID_MISMATCH')).toBe(
      'quarantined',
    );
  });
});

describe('a late answer does not set a token aside that since the send began was', () => {
  it.each([
    ['registered again', () => devices.register({ userId: 'ada', token: 'of-ada' })],
    ['registered by somebody else', () => devices.register({ userId: 'bob', token: 'of-ada' })],
    ['seen', () => devices.touch('of-ada')],
  ])('%s, be it in the same millisecond', async (_, contact) => {
    await devices.register({ userId: 'ada', token: 'of-ada' });
    const version = await versionOf('ada');
    await contact();
    expect(await pruning.prune('of-ada', version, 'UNREGISTERED')).toBe('renewed');
    expect((await devices.find('of-ada'))?.state).toBe('active');
  });

  it.each(['prune', 'quarantine'] as const)('signed out and registered again (%s)', async (how) => {
    await devices.register({ userId: 'ada', token: 'of-ada' });
    const version = await versionOf('ada');
    await devices.signOut('of-ada');
    await itIs(START + 1);
    await devices.register({ userId: 'bob', token: 'of-ada' });
    expect(await pruning[how]('of-ada', version, 'UNREGISTERED')).toBe('renewed');
    expect(await stateOf('bob')).toBe('active');
  });
});

describe('times are those of Redis', () => {
  it.each([
    ['android', 29, 'active'],
    ['android', 30, 'stale'],
    ['android', 269, 'stale'],
    ['android', 270, 'expired'],
    ['ios', 270, 'stale'],
    ['web', 399, 'stale'],
    [undefined, 270, 'stale'],
  ])('%s after %i days without contact: %s, and still a target', async (platform, days, state) => {
    await devices.register({ userId: 'ada', token: 'of-ada', platform });
    await itIs(START + days * DAY);
    expect(await stateOf('ada')).toBe(state);
    expect(await targetOf('ada')).toMatchObject({ token: 'of-ada' });
    await devices.touch('of-ada');
    expect(await stateOf('ada')).toBe('active');
  });
});

describe('the last result', () => {
  it('is kept with its time; a message that FCM took is a sign of life, and a failure is none', async () => {
    await devices.register({ userId: 'ada', token: 'of-ada' });
    const key = new DeviceKeys(test.prefix).device(hashOf('of-ada'));
    await test.redis.pexpire(key, DAY);
    await itIs(START + 5);
    pruning.note('of-ada', 'UNAVAILABLE', false);
    await pruning.tally();
    expect(await targetOf('ada')).toMatchObject({ result: 'UNAVAILABLE', resultAtMs: START + 5 });
    expect(await test.redis.pttl(key)).toBeLessThanOrEqual(DAY);
    pruning.note('of-ada', 'delivered', true);
    await pruning.tally();
    expect(await targetOf('ada')).toMatchObject({ result: 'delivered' });
    expect(await test.redis.pttl(key)).toBeGreaterThan(399 * DAY);
    expect((await devices.list('ada'))[0]!.seen_at).toBe(new Date(START).toISOString());
  });

  it('of many devices is noted, the latest of each', async () => {
    const users = Array.from({ length: 450 }, (_, index) => `user-${index}`);
    for (const userId of users) {
      await devices.register({ userId, token: `of-${userId}` });
      pruning.note(`of-${userId}`, 'unknown', false);
    }
    for (const userId of users) pruning.note(`of-${userId}`, `RESULT OF ${userId}`, false);
    await pruning.tally();
    const noted = await Promise.all(users.map(async (userId) => (await targetOf(userId)).result));
    expect(noted).toEqual(users.map((userId) => `RESULT_OF_${userId}`));
  });

  it('of a token that nobody has leaves nothing behind', async () => {
    pruning.note('of-nobody', 'delivered', true);
    await pruning.tally();
    expect(await devices.find('of-nobody')).toBeNull();
  });
});

describe('the breaker', () => {
  it('lets the first of a minute through whatever their share, then stops', async () => {
    sentBy(pruning, 3);
    expect(await pruned('a', 'b', 'c')).toEqual(['pruned', 'pruned', 'suppressed']);
    expect(await stateOf('c')).toBe('active');
    expect((await pruning.stops()).pruning).toBe(START);
  });

  it('does not mind many, as long as they are few of what all workers sent', async () => {
    sentBy(other, 30);
    expect((await other.tally()).pruning).toBeNull();
    sentBy(pruning, 10);
    const answers = await pruned(...Array.from({ length: 10 }, (_, index) => `user-${index}`));
    expect(new Set(answers)).toEqual(new Set(['pruned']));
    expect(await pruned('one-too-many')).toEqual(['suppressed']);
  });

  it('is open for all workers, and closes when a minute has passed in which the share was lower', async () => {
    sentBy(pruning, 3);
    await pruned('a', 'b', 'c');
    expect((await other.tally()).pruning).toBe(START);

    await itIs(START + 30_000);
    expect(await other.prune('of-c', await versionOf('c'), 'UNREGISTERED')).toBe('suppressed');
    await itIs(START + 89_999);
    expect((await other.stops()).pruning).toBe(START);
    await itIs(START + 90_000);
    expect((await other.stops()).pruning).toBeNull();
    expect((await other.tally()).pruning).toBeNull();
    expect(await other.prune('of-c', await versionOf('c'), 'UNREGISTERED')).toBe('pruned');
  });

  it('stays open while a later minute is no better', async () => {
    sentBy(pruning, 3);
    await pruned('a', 'b', 'c');
    for (let minute = 1; minute <= 3; minute++) {
      await itIs(START + minute * 50_000);
      expect(await pruned('c', 'd', 'e')).toEqual(['suppressed', 'suppressed', 'suppressed']);
    }
    expect((await pruning.stops()).pruning).toBe(START);
  });

  it('does not stay open when the clock of Redis is set back', async () => {
    sentBy(pruning, 3);
    await pruned('a', 'b', 'c');
    await itIs(START - 10 * DAY);
    expect((await pruning.tally()).pruning).toBeNull();
    expect(await pruning.prune('of-c', await versionOf('c'), 'UNREGISTERED')).toBe('pruned');
  });

  it.each([
    ['a share of 0 stops after the first', { maxShare: 0, freePerMinute: 1 }, ['pruned', 'suppressed']],
    ['a share of 1 never stops', { maxShare: 1, freePerMinute: 0 }, ['pruned', 'pruned']],
  ])('%s', async (_, settings, answers) => {
    pruning = new Pruning(manualRedis(test.redis).client, test.prefix, settings);
    sentBy(pruning, 2);
    expect(await pruned('a', 'b')).toEqual(answers);
  });

  it('keeps a minute of counts and no more', async () => {
    const { breaker } = new DeviceKeys(test.prefix);
    for (let slot = 0; slot < 30; slot++) {
      await itIs(START + slot * 10_000);
      pruning.sent();
      await pruning.tally();
    }
    expect(await test.redis.hlen(breaker)).toBe(6);
    expect(await test.redis.pttl(breaker)).toBeLessThanOrEqual(120_000);
  });

  it('writes down what it could not write the next time', async () => {
    const link = await test.connect();
    const worker = new Pruning(link, test.prefix, SETTINGS);
    await devices.register({ userId: 'ada', token: 'of-ada' });
    await devices.register({ userId: 'bob', token: 'of-bob' });
    sentBy(worker, 4);
    worker.note('of-ada', 'unknown', false);
    worker.note('of-bob', 'unknown', false);
    link.disconnect();
    await expect(worker.tally()).rejects.toThrow();
    await until(() => link.status === 'end');
    worker.note('of-bob', 'delivered', true);
    await link.connect();
    await worker.tally();
    expect(await targetOf('ada')).toMatchObject({ result: 'unknown' });
    expect(await targetOf('bob')).toMatchObject({ result: 'delivered' });
    const counts = await test.redis.hvals(new DeviceKeys(test.prefix).breaker);
    expect(counts).toEqual(['4']);
  });
});
