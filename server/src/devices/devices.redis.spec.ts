import { keysLike, useRedis } from '../../test/redis';
import { until } from '../../test/until';
import { COMMANDS } from './commands';
import { DeviceKeys, hashOf } from './device-keys';
import { Devices } from './devices';
import { MOST_DEVICES } from './lifetimes';
import { Pruning } from './pruning';

const test = useRedis();
let devices: Devices;

beforeEach(() => {
  devices = new Devices(test.redis, test.prefix);
});

const tokensOf = async (userId: string) =>
  (await devices.targetsOf(userId)).devices.map(({ token }) => token);

const TOKEN = 'fGh7_kd83Jd0-kasd:APA91bHPRgkFLJu_secret-a1b2c3';

describe('a registration', () => {
  it('is new, then only confirmed', async () => {
    expect(await devices.register({ userId: 'ada', token: TOKEN })).toBe('registered');
    expect(await devices.register({ userId: 'ada', token: TOKEN })).toBe('confirmed');
    expect(await tokensOf('ada')).toEqual([TOKEN]);
  });

  it('of a token that somebody else had moves it', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    expect(await devices.register({ userId: 'bob', token: TOKEN })).toBe('moved');
    expect(await tokensOf('ada')).toEqual([]);
    expect(await tokensOf('bob')).toEqual([TOKEN]);
  });

  it('that was moved says nothing of the messages to who had it before', async () => {
    const pruning = new Pruning(test.redis, test.prefix, { maxShare: 0.25, freePerMinute: 20 });
    await devices.register({ userId: 'ada', token: TOKEN });
    pruning.note(TOKEN, 'delivered', true);
    await pruning.tally();
    expect(await devices.list('ada')).toMatchObject([{ last_result: { code: 'delivered' } }]);
    await devices.register({ userId: 'bob', token: TOKEN });
    expect(await devices.list('bob')).toMatchObject([{ last_result: null }]);
  });

  it('is shown without the token itself', async () => {
    const before = Date.now();
    await devices.register({ userId: 'ada', token: TOKEN, platform: 'android' });
    const [device] = await devices.list('ada');
    expect(device).toEqual({
      token_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      token_suffix: 'a1b2c3',
      kind: 'token',
      platform: 'android',
      app_version: null,
      locale: null,
      time_zone: null,
      shared: false,
      state: 'active',
      registered_at: expect.any(String),
      seen_at: expect.any(String),
      last_result: null,
      pruned: null,
      quarantined: null,
    });
    expect(Math.abs(Date.parse(device!.registered_at) - before)).toBeLessThan(5000);
  });

  it('shows no platform that nobody told', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    expect(await devices.list('ada')).toMatchObject([{ platform: null }]);
  });

  it('keeps its platform and its first time when it is confirmed', async () => {
    await devices.register({ userId: 'ada', token: TOKEN, platform: 'ios' });
    const [first] = await devices.list('ada');
    await until(async () => {
      await devices.register({ userId: 'ada', token: TOKEN });
      return (await devices.list('ada'))[0]!.seen_at > first!.seen_at;
    });
    expect(await devices.list('ada')).toMatchObject([
      { platform: 'ios', registered_at: first!.registered_at },
    ]);
  });

  it('keeps what an app told of itself until it tells something else', async () => {
    const details = { platform: 'android', appVersion: '1.0', locale: 'de', timeZone: 'Europe/Berlin' };
    await devices.register({ userId: 'ada', token: TOKEN, ...details });
    await devices.register({ userId: 'ada', token: TOKEN, appVersion: '1.1' });
    await devices.touch(TOKEN, { locale: 'fr' });
    expect(await devices.list('ada')).toMatchObject([
      { platform: 'android', app_version: '1.1', locale: 'fr', time_zone: 'Europe/Berlin' },
    ]);
  });

  it('of a Firebase Installation ID is a target of that kind', async () => {
    await devices.register({ userId: 'ada', token: 'fid-of-ada', kind: 'fid' });
    expect((await devices.targetsOf('ada')).devices).toMatchObject([{ token: 'fid-of-ada', kind: 'fid' }]);
  });

  it('makes room for itself when a user has too many: who was not seen the longest goes', async () => {
    for (let index = 0; index < MOST_DEVICES; index++)
      await devices.register({ userId: 'ada', token: `of-ada-${index}` });
    // They all came within moments.
    const silent = new DeviceKeys(test.prefix).device(hashOf('of-ada-1'));
    await test.redis.hset(silent, 'seen', Date.now() - 60_000);
    await devices.register({ userId: 'ada', token: TOKEN });
    const tokens = await tokensOf('ada');
    expect(tokens).toHaveLength(MOST_DEVICES);
    expect(tokens).toEqual(expect.arrayContaining([TOKEN, 'of-ada-0']));
    expect(await devices.find('of-ada-1')).toBeNull();
  });

  it('lets a user have many devices', async () => {
    const tokens = Array.from({ length: 20 }, (_, index) => `${TOKEN}-${index}`);
    for (const token of tokens) await devices.register({ userId: 'ada', token });
    expect((await tokensOf('ada')).toSorted()).toEqual(tokens.toSorted());
    expect(await devices.list('ada')).toHaveLength(20);
  });
});

describe('forgetting a token', () => {
  it('leaves nothing of it', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    expect(await devices.signOut(TOKEN)).toBe('forgotten');
    expect(await tokensOf('ada')).toEqual([]);
    expect(await devices.list('ada')).toEqual([]);
    const { any } = new DeviceKeys(test.prefix);
    expect(await keysLike(test.redis, `*${test.prefix}*`)).toEqual([any]);
  });

  it('that is not there changes nothing', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    expect(await devices.signOut('another')).toBe('missing');
    expect(await tokensOf('ada')).toEqual([TOKEN]);
  });
});

describe('a device that an older Herald has stored', () => {
  beforeEach(async () => {
    const hash = hashOf(TOKEN);
    const tag = `{${test.prefix}:devices}`;
    await test.redis.sadd(`${tag}:user:ada`, hash);
    const old = { user: 'ada', token: TOKEN, registered: '1700000000000', seen: '1700000000000' };
    await test.redis.hset(`${tag}:device:${hash}`, old);
  });

  it('is a target, is listed and is found', async () => {
    expect((await devices.targetsOf('ada')).devices).toMatchObject([{ token: TOKEN, version: '0' }]);
    expect(await devices.list('ada')).toMatchObject([{ state: 'stale', kind: 'token', last_result: null }]);
    expect(await devices.find(TOKEN)).toMatchObject({ user_ids: ['ada'] });
  });

  it('is confirmed, moved, pruned and signed out as any other', async () => {
    const pruning = new Pruning(test.redis, test.prefix, { maxShare: 0.25, freePerMinute: 20 });
    expect(await pruning.prune(TOKEN, '0', 'UNREGISTERED')).toBe('pruned');
    expect(await devices.register({ userId: 'ada', token: TOKEN })).toBe('confirmed');
    expect(await devices.register({ userId: 'bob', token: TOKEN })).toBe('moved');
    expect(await devices.signOut(TOKEN)).toBe('forgotten');
  });
});

it('a device with everything that can be known of it is small in memory', async () => {
  const token = `cXyZ1234567890abcdefgh:APA91b${'x'.repeat(140)}`;
  const details = { platform: 'android', appVersion: '4.2.0', locale: 'de-CH', timeZone: 'Europe/Zurich' };
  await devices.register({ userId: 'ada', token, shared: true, ...details });
  const pruning = new Pruning(test.redis, test.prefix, { maxShare: 0.25, freePerMinute: 20 });
  const { version } = (await devices.targetsOf('ada')).devices[0]!;
  expect(await pruning.prune(token, version!, 'UNREGISTERED')).toBe('pruned');
  const key = new DeviceKeys(test.prefix).device(hashOf(token));
  expect(await test.redis.object('ENCODING', key)).toBe('listpack');
});

describe('how long a device is kept', () => {
  const left = async () => {
    const keys = (await keysLike(test.redis, `*${test.prefix}*`)).toSorted();
    const entries = keys.map(async (key) => [
      /:devices}:(\w+)/.exec(key)![1],
      Math.round((await test.redis.pttl(key)) / 86_400_000),
    ]);
    return Object.fromEntries(await Promise.all(entries)) as Record<string, number>;
  };

  it('is 400 days since its last contact, and so for what leads to it', async () => {
    await devices.register({ userId: 'ada', token: TOKEN, shared: true });
    expect(await left()).toEqual({ device: 400, token: 400, user: 400, owners: 400, any: 400 });
    for (const key of await keysLike(test.redis, `*${test.prefix}*`))
      await test.redis.pexpire(key, 1_000_000);
    await devices.touch(TOKEN);
    expect(await left()).toEqual({ device: 400, token: 400, user: 400, owners: 400, any: 400 });
  });

  it('is 30 days once it is pruned; then nothing of it is listed, nor in the way', async () => {
    const pruning = new Pruning(test.redis, test.prefix, { maxShare: 0.25, freePerMinute: 20 });
    await devices.register({ userId: 'ada', token: TOKEN });
    const { version } = (await devices.targetsOf('ada')).devices[0]!;
    expect(await pruning.prune(TOKEN, version!, 'UNREGISTERED')).toBe('pruned');
    expect(await left()).toMatchObject({ device: 30, token: 30 });

    const [device] = await keysLike(test.redis, `*${test.prefix}*:device:*`);
    await test.redis.pexpire(device!, 1);
    await until(async () => (await devices.list('ada')).length === 0);
    expect(await devices.restore('ada', hashOf(TOKEN))).toBe('missing');
    expect(await devices.targetsOf('ada')).toEqual({ devices: [], anyPruned: false });
    await devices.register({ userId: 'ada', token: 'another' });
    const [user] = await keysLike(test.redis, `*${test.prefix}*:user:*`);
    expect(await test.redis.smembers(user!)).toEqual([hashOf('another')]);
  });
});

describe('races', () => {
  it('for one token between many users have one winner', async () => {
    const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);
    const answers = await Promise.all(users.map((userId) => devices.register({ userId, token: TOKEN })));
    expect(answers.filter((answer) => answer === 'registered')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'moved')).toHaveLength(29);
    const owners = (await Promise.all(users.map((userId) => tokensOf(userId)))).filter(
      (tokens) => tokens.length > 0,
    );
    expect(owners).toEqual([[TOKEN]]);
  });

  it('between registering and forgetting leave all or nothing of token, device and user', async () => {
    const other = new Devices(await test.connect(), test.prefix);
    for (let round = 0; round < 30; round++) {
      await Promise.all([devices.register({ userId: 'ada', token: TOKEN }), other.signOut(TOKEN)]);
      const { any } = new DeviceKeys(test.prefix);
      const kept = (await keysLike(test.redis, `*${test.prefix}*`)).filter((key) => key !== any);
      expect([0, 3]).toContain(kept.length);
      expect(await tokensOf('ada')).toHaveLength(kept.length / 3);
    }
  });

  it('between a move and a delivery never give a token to the user who had it before', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    // As a reader sees it that listed the devices of ada just before the move.
    const [userKey] = await keysLike(test.redis, `*${test.prefix}*:user:ada`);
    const [hash] = await test.redis.smembers(userKey!);
    await devices.register({ userId: 'bob', token: TOKEN });
    await test.redis.sadd(userKey!, hash!);
    expect(await tokensOf('ada')).toEqual([]);
    expect(await devices.list('ada')).toEqual([]);
  });
});

describe('a user without a registered device', () => {
  it('has the token that another system has put', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, TOKEN);
    expect(await tokensOf(test.prefix)).toEqual([TOKEN]);
    expect(await devices.list(test.prefix)).toEqual([]);
  });

  it('has no use for it once a device is registered', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, 'of another system');
    await devices.register({ userId: test.prefix, token: TOKEN });
    expect(await tokensOf(test.prefix)).toEqual([TOKEN]);
  });

  it('has no use for it while it is registered for somebody else, who holds the phone now', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, TOKEN);
    await devices.register({ userId: test.prefix, token: TOKEN });
    await devices.register({ userId: 'bob', token: TOKEN });
    expect(await tokensOf(test.prefix)).toEqual([]);
    expect(await tokensOf('bob')).toEqual([TOKEN]);
    await devices.signOut(TOKEN);
    expect(await tokensOf(test.prefix)).toEqual([TOKEN]);
  });

  it('is not asked about while nobody has ever registered one', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, TOKEN);
    const ask = jest.spyOn(COMMANDS.isOthers, 'run');
    expect(await tokensOf(test.prefix)).toEqual([TOKEN]);
    expect(ask).not.toHaveBeenCalled();
    await devices.register({ userId: 'bob', token: 'phone-of-bob' });
    expect(await tokensOf(test.prefix)).toEqual([TOKEN]);
    expect(ask).toHaveBeenCalledTimes(1);
    ask.mockRestore();
  });

  it('has it although the device they share with others is set aside', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, TOKEN);
    for (const userId of [test.prefix, 'bob']) await devices.register({ userId, token: TOKEN, shared: true });
    const pruning = new Pruning(test.redis, test.prefix, { maxShare: 0.25, freePerMinute: 20 });
    const { version } = (await devices.targetsOf('bob')).devices[0]!;
    await pruning.quarantine(TOKEN, version!, 'SENDER_ID_MISMATCH');
    expect(await tokensOf(test.prefix)).toEqual([TOKEN]);
  });

  it('are none of what another system has put there that is no string', async () => {
    await test.redis.hset(`fcm:token:${test.prefix}`, 'ios', TOKEN);
    expect(await devices.targetsOf(test.prefix)).toEqual({ devices: [], anyPruned: false });
  });

  it('has none when the other system has put nothing', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, '');
    expect(await tokensOf(test.prefix)).toEqual([]);
    expect(await tokensOf('nobody')).toEqual([]);
  });
});
