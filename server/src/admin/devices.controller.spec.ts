import { ask } from '../../test/admin';
import { useApi } from '../../test/api';
import { expectProblem, send } from '../../test/http';
import type { DeviceList } from '../contract';

const DEVICES = '/api/devices';
const TOKEN = 'fGh7_kd83Jd0-kasd:APA91bHPRgkFLJu_secret-a1b2c3';

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
    ['a field nobody knows', { user_id: 'ada', token: TOKEN, colour: 'blue' }, 'colour'],
  ])('with %s is refused', async (_, body, field) => {
    const details = [{ field, message: expect.any(String) }];
    expectProblem(await put(body), 'invalid_payload', { details });
  });

  it('with a body that is no JSON is refused', async () => {
    expectProblem(await put('user_id=ada'), 'invalid_json');
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
          platform: 'web',
          registered_at: expect.stringMatching(/Z$/),
          seen_at: expect.stringMatching(/Z$/),
        },
      ],
    });
    expect(answer.text).not.toContain(TOKEN);
  });

  it('are none when nobody knows the user', async () => {
    expect(await list('nobody/at all')).toEqual({ user_id: 'nobody/at all', items: [] });
  });
});

it.each([
  ['PUT', DEVICES],
  ['DELETE', `${DEVICES}/some-token`],
  ['GET', '/api/admin/users/ada/devices'],
])('nobody without a token may %s %s', async (method, path) => {
  expectProblem(await send(api, path, { method }), 'unauthorized');
});
