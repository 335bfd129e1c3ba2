import { ADMIN_TOKEN, useApi } from '../../test/api';
import { type Answer, expectProblem, send } from '../../test/http';
import type { SessionInfo } from '../contract';

const SESSION = '/api/admin/session';
const TWELVE_HOURS_MS = 12 * 3600 * 1000;

const api = useApi();

const signIn = (body: unknown): Promise<Answer> =>
  send(api, SESSION, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
const cookieOf = ({ headers }: Answer) => headers['set-cookie']![0]!.split(';')[0]!;
const session = (headers: Record<string, string>) => send(api, SESSION, { headers });
const endsInTwelveHours = (body: unknown) =>
  expect(Math.abs(Date.parse((body as SessionInfo).expires_at) - Date.now() - TWELVE_HOURS_MS)).toBeLessThan(
    10_000,
  );

describe('signing in', () => {
  it('gives a cookie that scripts cannot read and other sites cannot use', async () => {
    const answer = await signIn({ token: ADMIN_TOKEN });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ delivery_mode: 'dry_run', expires_at: expect.any(String) });
    endsInTwelveHours(answer.body);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^herald_session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/),
    ]);
  });

  it('overlooks spaces around a pasted token', async () => {
    expect((await signIn({ token: `  ${ADMIN_TOKEN}\n` })).status).toBe(200);
  });

  it('with a wrong token gives nothing', async () => {
    const answer = await signIn({ token: `${ADMIN_TOKEN}x` });
    expectProblem(answer, 'unauthorized');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['no token', {}, 'token'],
    ['a token that is no text', { token: [ADMIN_TOKEN] }, 'token'],
    ['an endless token', { token: 'x'.repeat(1025) }, 'token'],
    ['more than a token', { token: ADMIN_TOKEN, admin: true }, 'admin'],
  ])('with %s is refused, and says which field is wrong', async (_, body, field) => {
    const answer = await signIn(body);
    expectProblem(answer, 'invalid_payload', { details: [{ field, message: expect.any(String) }] });
  });

  it.each(['', '{', 'token=x'])('with the body %j is refused', async (body) => {
    expectProblem(await signIn(body), 'invalid_json');
  });
});

describe('a session', () => {
  it('tells a signed-in console how messages leave, and when it ends', async () => {
    const signedIn = await signIn({ token: ADMIN_TOKEN });
    const answer = await session({ cookie: cookieOf(signedIn) });
    expect(answer).toMatchObject({ status: 200, body: signedIn.body as object });
  });

  it('is told to a bearer of the token too', async () => {
    const { status, body } = await session({ authorization: `Bearer ${ADMIN_TOKEN}` });
    expect(status).toBe(200);
    endsInTwelveHours(body);
  });

  it('is not told to anybody else', async () => {
    expectProblem(await session({}), 'unauthorized');
    expectProblem(await session({ cookie: 'herald_session=made-up' }), 'unauthorized');
  });

  it('ends with a sign-out, which may be repeated', async () => {
    for (let again = 0; again < 2; again++) {
      const answer = await send(api, SESSION, { method: 'DELETE' });
      expect(answer).toMatchObject({ status: 204, text: '' });
      expect(answer.headers['set-cookie']).toEqual([
        'herald_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
      ]);
    }
  });
});
