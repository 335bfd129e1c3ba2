import { ask } from '../../test/admin';
import { useApi } from '../../test/api';
import { expectProblem, send } from '../../test/http';
import type { DeviceList } from '../contract';
import { Devices } from '../devices/devices';
import { Pruning } from '../devices/pruning';

const DEVICES = '/api/devices';
const TOKEN = 'fGh7_kd83Jd0-kasd:APA91bHPRgkFLJu_secret-a1b2c3';

const UNKNOWN = { error: expect.stringContaining('no such device') as string };

const api = useApi();

const put = (body: unknown) => ask(api, DEVICES, { method: 'PUT', body });
const remove = (token: string) => ask(api, `${DEVICES}/${encodeURIComponent(token)}`, { method: 'DELETE' });
const list = async (user: string) =>
  (await ask(api, `/api/admin/users/${encodeURIComponent(user)}/devices`)).body as DeviceList;

describe('registering a token', () => {
  it('may be repeated', async () => {
    const device = { user_id: 'ada', token: TOKEN, platform: 'android' };
    expect(await put(device)).toMatchObject({ status: 200, body: { status: 'registered', user_id: 'ada' } });
    expect(await put(device)).toMatchObject({ status: 200, body: { status: 'confirmed', user_id: 'ada' } });
    expect((await list('ada')).items).toHaveLength(1);
  });

  it('moves it from the user who had it before', async () => {
    await put({ user_id: 'ada', token: TOKEN });
    expect(await put({ user_id: 'bob', token: TOKEN })).toMatchObject({ body: { status: 'moved' } });
    expect((await list('ada')).items).toEqual([]);
    expect((await list('bob')).items).toHaveLength(1);
  });

  it.each(['android', 'ios', 'web', undefined])('takes the platform %s', async (platform) => {
    const user_id = `on ${platform}`;
    expect((await put({ user_id, token: `token-of-${platform}`, platform })).status).toBe(200);
    expect((await list(user_id)).items).toMatchObject([{ platform: platform ?? null }]);
  });

  it.each<[string, object, string]>([
    ['no user', { token: TOKEN }, 'user_id'],
    ['an empty user', { user_id: '', token: TOKEN }, 'user_id'],
    ['a user who is a number', { user_id: 7, token: TOKEN }, 'user_id'],
    ['a user of 129 characters', { user_id: 'u'.repeat(129), token: TOKEN }, 'user_id'],
    ['no token', { user_id: 'ada' }, 'token'],
    ['an empty token', { user_id: 'ada', token: '' }, 'token'],
    ['a token with a space', { user_id: 'ada', token: 'a b' }, 'token'],
    ['a token of 4097 characters', { user_id: 'ada', token: 't'.repeat(4097) }, 'token'],
    ['an unknown platform', { user_id: 'ada', token: TOKEN, platform: 'pager' }, 'platform'],
    ['a token and a Firebase Installation ID', { user_id: 'ada', token: TOKEN, fid: 'f1' }, 'fid'],
    ['nothing but a null', { user_id: 'ada', fid: null }, 'token'],
    ['a Firebase Installation ID with a space', { user_id: 'ada', fid: 'a b' }, 'fid'],
    ['a version that is a number', { user_id: 'ada', token: TOKEN, app_version: 7 }, 'app_version'],
    ['a locale that is none', { user_id: 'ada', token: TOKEN, locale: 'german!' }, 'locale'],
    ['a time zone that is none', { user_id: 'ada', token: TOKEN, time_zone: 'Mars/Base' }, 'time_zone'],
    ['shared as a text', { user_id: 'ada', token: TOKEN, shared: 'yes' }, 'shared'],
    ['a field nobody knows', { user_id: 'ada', token: TOKEN, colour: 'blue' }, 'colour'],
  ])('with %s is refused', async (_, body, field) => {
    const details = [{ field, message: expect.any(String) }];
    expectProblem(await put(body), 'invalid_payload', { details });
  });

  it('with a body that is no JSON is refused', async () => {
    expectProblem(await put('user_id=ada'), 'invalid_json');
  });
});

describe('a device', () => {
  const DETAILS = { app_version: '4.2.0 (17)', locale: 'de-CH', time_zone: 'Europe/Zurich' };
  const find = (token: string) => ask(api, `${DEVICES}/${encodeURIComponent(token)}`);
  const touch = (token: string, body: object = {}) =>
    ask(api, `${DEVICES}/${encodeURIComponent(token)}`, { method: 'PATCH', body });

  it('tells what app it is, in what language and time zone', async () => {
    await put({ user_id: 'kim', token: 'of-kim', platform: 'ios', ...DETAILS });
    expect((await list('kim')).items).toMatchObject([{ platform: 'ios', ...DETAILS }]);
  });

  it('keeps what is said to be null', async () => {
    await put({ user_id: 'jo', token: 'of-jo', platform: 'ios', shared: true });
    const nulls = {
      platform: null,
      app_version: null,
      locale: null,
      time_zone: null,
      shared: null,
      fid: null,
    };
    expect(await put({ user_id: 'jo', token: 'of-jo', ...nulls })).toMatchObject({ status: 200 });
    expect((await list('jo')).items).toMatchObject([{ platform: 'ios', shared: true, kind: 'token' }]);
  });

  it('may have a Firebase Installation ID instead of a token', async () => {
    await put({ user_id: 'lea', fid: 'cFid1234567890abcdefgh' });
    expect((await list('lea')).items).toMatchObject([{ kind: 'fid', token_suffix: 'cdefgh' }]);
  });

  it('is found by its token, without showing it', async () => {
    await put({ user_id: 'max', token: 'of-max', shared: true });
    await put({ user_id: 'mia', token: 'of-max', shared: true });
    const answer = await find('of-max');
    expect(answer).toMatchObject({ status: 200, body: { user_ids: ['max', 'mia'], shared: true } });
    expect(answer.text).not.toContain('of-max');
    expectProblem(await find('of-nobody'), 'not_found', UNKNOWN);
  });

  it('is seen when its app was in contact, whoever uses it', async () => {
    await put({ user_id: 'noa', token: 'of-noa', platform: 'web' });
    expect(await touch('of-noa', DETAILS)).toMatchObject({ status: 200, body: { status: 'touched' } });
    expect((await list('noa')).items).toMatchObject([{ platform: 'web', ...DETAILS }]);
    expectProblem(await touch('of-nobody'), 'not_found', UNKNOWN);
    const details = [{ field: 'user_id', message: expect.any(String) }];
    expectProblem(await touch('of-noa', { user_id: 'noa' }), 'invalid_payload', { details });
  });

  it('that is shared is taken away from one user alone', async () => {
    await put({ user_id: 'ole', token: 'of-ole', shared: true });
    await put({ user_id: 'pia', token: 'of-ole', shared: true });
    await ask(api, `${DEVICES}/of-ole?user_id=ole`, { method: 'DELETE' });
    expect((await list('ole')).items).toEqual([]);
    expect((await list('pia')).items).toHaveLength(1);
  });
});

describe('300 devices of one user', () => {
  beforeAll(async () => {
    for (let index = 0; index < 300; index++)
      await put({ user_id: 'many', token: `of-many-${index}`, platform: 'web' });
  });

  it('come in pages, each device once, latest registered first', async () => {
    const seen: DeviceList['items'] = [];
    let query = '?limit=70';
    for (let pages = 1; ; pages++) {
      const page = (await ask(api, `/api/admin/users/many/devices${query}`)).body as DeviceList;
      expect(page.total).toBe(300);
      seen.push(...page.items);
      if (page.next_cursor === null) {
        expect(pages).toBe(5);
        break;
      }
      query = `?limit=70&cursor=${page.next_cursor}`;
    }
    expect(new Set(seen.map(({ token_hash }) => token_hash)).size).toBe(300);
    const times = seen.map(({ registered_at }) => registered_at);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['cursor=somewhere', 'cursor'],
    ['state=sleepy', 'state'],
    ['colour=blue', 'colour'],
  ])('are not listed by %s', async (query, field) => {
    const details = [{ field, message: expect.any(String) }];
    expectProblem(await ask(api, `/api/admin/users/many/devices?${query}`), 'invalid_query', { details });
  });
});

describe('a pruned device', () => {
  const restore = (user: string, hash: string) =>
    ask(api, `/api/admin/users/${user}/devices/${hash}/restore`, { method: 'POST' });
  let pruning: Pruning;
  let hash: string;

  beforeEach(async () => {
    pruning = new Pruning(api.redis, api.config.redis.prefix, { maxShare: 0.25, freePerMinute: 20 });
    await put({ user_id: 'rae', token: 'of-rae' });
    const [device] = await new Devices(api.redis, api.config.redis.prefix)
      .targetsOf('rae')
      .then(({ devices }) => devices);
    if (device) await pruning.prune(device.token, device.version!, 'UNREGISTERED');
    hash = (await list('rae')).items[0]!.token_hash;
  });

  it('is listed with why, and until when it can be restored', async () => {
    const { items } = (await ask(api, '/api/admin/users/rae/devices?state=pruned')).body as DeviceList;
    const { at, code, restorable_until } = items[0]!.pruned!;
    expect(code).toBe('UNREGISTERED');
    expect(Date.parse(restorable_until) - Date.parse(at)).toBe(30 * 86_400_000);
    expect((await ask(api, '/api/admin/users/rae/devices?state=active')).body).toMatchObject({ items: [] });
  });

  it('is restored once, and counted', async () => {
    expect(await restore('rae', hash)).toMatchObject({ status: 200, body: { status: 'restored' } });
    expect(await restore('rae', hash)).toMatchObject({ status: 200, body: { status: 'active' } });
    expect((await list('rae')).items).toMatchObject([{ state: 'active', pruned: null }]);
    expect((await send(api, '/metrics')).text).toContain('herald_devices_total{what="restored"} 1');
  });

  it('is not restored for somebody else, nor when nobody knows it', async () => {
    expectProblem(await restore('somebody', hash), 'not_found', UNKNOWN);
    expectProblem(await restore('rae', '0123456789abcdef'), 'not_found', UNKNOWN);
  });
});

describe('forgetting a token', () => {
  it('is done once and for all', async () => {
    await put({ user_id: 'eve', token: TOKEN });
    expect(await remove(TOKEN)).toMatchObject({ status: 204, text: '' });
    expect(await remove(TOKEN)).toMatchObject({ status: 204, text: '' });
    expect((await list('eve')).items).toEqual([]);
  });

  it.each(['with/slash', 'with%percent', 'with?query', `long-${'x'.repeat(4000)}`])(
    'works for %.20s',
    async (token) => {
      await put({ user_id: 'odd', token });
      expect((await remove(token)).status).toBe(204);
      expect((await list('odd')).items).toEqual([]);
    },
  );
});

describe('the devices of a user', () => {
  it('are shown without their tokens', async () => {
    await put({ user_id: 'zoe', token: TOKEN, platform: 'web' });
    const answer = await ask(api, '/api/admin/users/zoe/devices');
    expect(answer.body).toEqual({
      user_id: 'zoe',
      items: [
        {
          token_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
          token_suffix: 'a1b2c3',
          kind: 'token',
          platform: 'web',
          app_version: null,
          locale: null,
          time_zone: null,
          shared: false,
          state: 'active',
          registered_at: expect.stringMatching(/Z$/),
          seen_at: expect.stringMatching(/Z$/),
          last_result: null,
          pruned: null,
          quarantined: null,
        },
      ],
      next_cursor: null,
      total: 1,
      pruning_stopped_at: null,
      quarantine_stopped_at: null,
    });
    expect(answer.text).not.toContain(TOKEN);
  });

  it('are none when nobody knows the user', async () => {
    expect(await list('nobody/at all')).toMatchObject({ user_id: 'nobody/at all', items: [], total: 0 });
  });
});

it.each([
  ['PUT', DEVICES],
  ['DELETE', `${DEVICES}/some-token`],
  ['GET', `${DEVICES}/some-token`],
  ['PATCH', `${DEVICES}/some-token`],
  ['POST', '/api/admin/users/ada/devices/0123456789abcdef/restore'],
  ['GET', '/api/admin/users/ada/devices'],
])('nobody without a token may %s %s', async (method, path) => {
  expectProblem(await send(api, path, { method }), 'unauthorized');
});
