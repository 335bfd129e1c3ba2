import { keysLike, useRedis } from '../../test/redis';
import { until } from '../../test/until';
import { Devices } from './devices';

const test = useRedis();
let devices: Devices;

beforeEach(() => {
  devices = new Devices(test.redis, test.prefix);
});

const TOKEN = 'fGh7_kd83Jd0-kasd:APA91bHPRgkFLJu_secret-a1b2c3';

describe('a registration', () => {
  it('is new, then only confirmed', async () => {
    expect(await devices.register({ userId: 'ada', token: TOKEN })).toBe('registered');
    expect(await devices.register({ userId: 'ada', token: TOKEN })).toBe('confirmed');
    expect(await devices.tokensOf('ada')).toEqual([TOKEN]);
  });

  it('of a token that somebody else had moves it', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    expect(await devices.register({ userId: 'bob', token: TOKEN })).toBe('moved');
    expect(await devices.tokensOf('ada')).toEqual([]);
    expect(await devices.tokensOf('bob')).toEqual([TOKEN]);
  });

  it('is shown without the token itself', async () => {
    const before = Date.now();
    await devices.register({ userId: 'ada', token: TOKEN, platform: 'android' });
    const [device] = await devices.list('ada');
    expect(device).toEqual({
      token_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      token_suffix: 'a1b2c3',
      platform: 'android',
      registered_at: expect.any(String),
      seen_at: expect.any(String),
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

  it('lets a user have many devices', async () => {
    const tokens = Array.from({ length: 20 }, (_, index) => `${TOKEN}-${index}`);
    for (const token of tokens) await devices.register({ userId: 'ada', token });
    expect((await devices.tokensOf('ada')).toSorted()).toEqual(tokens.toSorted());
    expect(await devices.list('ada')).toHaveLength(20);
  });
});

describe('forgetting a token', () => {
  it('leaves nothing of it', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    expect(await devices.forget(TOKEN)).toBe('forgotten');
    expect(await devices.tokensOf('ada')).toEqual([]);
    expect(await devices.list('ada')).toEqual([]);
    expect(await keysLike(test.redis, `*${test.prefix}*`)).toEqual([]);
  });

  it('that is not there changes nothing', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    expect(await devices.forget('another')).toBe('missing');
    expect(await devices.tokensOf('ada')).toEqual([TOKEN]);
  });
});

describe('races', () => {
  it('for one token between many users have one winner', async () => {
    const users = Array.from({ length: 30 }, (_, index) => `user-${index}`);
    const answers = await Promise.all(users.map((userId) => devices.register({ userId, token: TOKEN })));
    expect(answers.filter((answer) => answer === 'registered')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'moved')).toHaveLength(29);
    const owners = (await Promise.all(users.map((userId) => devices.tokensOf(userId)))).filter(
      (tokens) => tokens.length > 0,
    );
    expect(owners).toEqual([[TOKEN]]);
  });

  it('between registering and forgetting leave both or neither of device and user', async () => {
    const other = new Devices(await test.connect(), test.prefix);
    for (let round = 0; round < 30; round++) {
      await Promise.all([devices.register({ userId: 'ada', token: TOKEN }), other.forget(TOKEN)]);
      const kept = await keysLike(test.redis, `*${test.prefix}*`);
      expect([0, 2]).toContain(kept.length);
      expect(await devices.tokensOf('ada')).toHaveLength(kept.length / 2);
    }
  });

  it('between a move and a delivery never give a token to the user who had it before', async () => {
    await devices.register({ userId: 'ada', token: TOKEN });
    // As a reader sees it that listed the devices of ada just before the move.
    const [userKey] = await keysLike(test.redis, `*${test.prefix}*:user:ada`);
    const [hash] = await test.redis.smembers(userKey!);
    await devices.register({ userId: 'bob', token: TOKEN });
    await test.redis.sadd(userKey!, hash!);
    expect(await devices.tokensOf('ada')).toEqual([]);
    expect(await devices.list('ada')).toEqual([]);
  });
});

describe('a user without a registered device', () => {
  it('has the token that another system has put', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, TOKEN);
    expect(await devices.tokensOf(test.prefix)).toEqual([TOKEN]);
    expect(await devices.list(test.prefix)).toEqual([]);
  });

  it('has no use for it once a device is registered', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, 'of another system');
    await devices.register({ userId: test.prefix, token: TOKEN });
    expect(await devices.tokensOf(test.prefix)).toEqual([TOKEN]);
  });

  it('has none when the other system has put nothing', async () => {
    await test.redis.set(`fcm:token:${test.prefix}`, '');
    expect(await devices.tokensOf(test.prefix)).toEqual([]);
    expect(await devices.tokensOf('nobody')).toEqual([]);
  });
});
