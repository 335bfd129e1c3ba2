import { ADMIN_TOKEN, useApi } from '../../test/api';
import { type Answer, expectProblem, type Headers, send } from '../../test/http';
import { SESSION_MS, Sessions } from './session';

const METRICS_TOKEN = 'a-metrics-token';
const READ = '/api/admin/queue';
/** Changes nothing, for there is no such event; who may not change anything is not even told that. */
const CHANGE = '/api/admin/events/no-such-event/replay';

const api = useApi({ TRUST_PROXY: '1', METRICS_TOKEN });
const sessions = new Sessions(ADMIN_TOKEN);

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const session = (nowMs = Date.now()): Headers => ({
  cookie: `herald_session=${sessions.issue(nowMs).cookie}`,
});
const read = (headers: Headers): Promise<Answer> => send(api, READ, { headers });
const change = (headers: Headers): Promise<Answer> => send(api, CHANGE, { method: 'POST', headers });

describe('an operator', () => {
  it('may come with the admin token', async () => {
    expect((await read(bearer(ADMIN_TOKEN))).status).toBe(200);
    expectFound(await change(bearer(ADMIN_TOKEN)));
  });

  it('may come with the cookie of a sign-in', async () => {
    const signIn = await send(api, '/api/admin/session', {
      method: 'POST',
      body: JSON.stringify({ token: ADMIN_TOKEN }),
    });
    const [cookie = ''] = signIn.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^herald_session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await read({ cookie: cookie.split(';')[0] })).status).toBe(200);
  });

  it('who signs in over TLS gets a cookie for TLS only', async () => {
    const signIn = await send(api, '/api/admin/session', {
      method: 'POST',
      headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' },
      body: JSON.stringify({ token: ADMIN_TOKEN }),
    });
    expect(signIn.headers['set-cookie']).toEqual([expect.stringMatching(/; Secure$/)]);
  });
});

describe('nobody', () => {
  it.each<[string, () => Headers]>([
    ['nothing', () => ({})],
    ['a wrong token', () => bearer('wrong')],
    ['half the token', () => bearer(ADMIN_TOKEN.slice(0, -1))],
    ['the token in another scheme', () => ({ authorization: `Basic ${ADMIN_TOKEN}` })],
    ['the metrics token', () => bearer(METRICS_TOKEN)],
    ['a made-up session', () => ({ cookie: `herald_session=${Date.now() + 1e6}.x.y` })],
    ['the token as a session', () => ({ cookie: `herald_session=${ADMIN_TOKEN}` })],
    ['a session that has ended', () => session(Date.now() - SESSION_MS)],
    [
      'a session of other tokens',
      () => ({ cookie: `herald_session=${new Sessions('x').issue(Date.now()).cookie}` }),
    ],
    ['a wrong token beside a right session', () => ({ ...session(), ...bearer('wrong') })],
  ])('passes with %s', async (_what, headers) => {
    expectProblem(await read(headers()), 'unauthorized');
    expectProblem(await change(headers()), 'unauthorized');
  });

  it('passes with the token in the address', async () => {
    expectProblem(await send(api, `${READ}?token=${ADMIN_TOKEN}`), 'unauthorized');
  });
});

describe('a session', () => {
  const host = 'herald.example:8443';

  it.each<[string, Headers]>([
    ['no browser', {}],
    ['the console', { 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
    ['the console in an old browser', { origin: `https://${host}` }],
  ])('may change things from %s', async (_where, headers) => {
    expectFound(await change({ ...session(), host, ...headers }));
  });

  it.each<[string, Headers]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sister host', { 'sec-fetch-site': 'same-site', origin: `https://${host}` }],
    ['another site in an old browser', { origin: 'https://evil.example' }],
    ['another port in an old browser', { origin: 'https://herald.example' }],
    ['a page without an origin', { origin: 'null' }],
  ])('may change nothing from %s', async (_where, headers) => {
    expectProblem(await change({ ...session(), host, ...headers }), 'forbidden');
  });

  it('may be looked around with from wherever a browser sends its cookie', async () => {
    expect((await read({ ...session(), 'sec-fetch-site': 'cross-site' })).status).toBe(200);
  });
});

describe('the admin token', () => {
  it('is good from another site, because no browser sends it by itself', async () => {
    expectFound(await change({ ...bearer(ADMIN_TOKEN), 'sec-fetch-site': 'cross-site' }));
  });
});

describe('wrong tokens of one address', () => {
  const guesser = { 'x-forwarded-for': '198.51.100.7' };

  it('are slowed down after a hundred in a minute, while the right one and other addresses still pass', async () => {
    const guesses = Array.from({ length: 100 }, (_, i) => read({ ...guesser, ...bearer(`guess-${i}`) }));
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([401]));

    const refused = await read({ ...guesser, ...bearer('guess-100') });
    expectProblem(refused, 'rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);

    const signIn = { method: 'POST', headers: guesser, body: '{"token":"guess-101"}' };
    expectProblem(await send(api, '/api/admin/session', signIn), 'rate_limited');
    expectProblem(await send(api, '/metrics', { headers: { ...guesser, ...bearer('x') } }), 'rate_limited');

    expect((await read({ ...guesser, ...bearer(ADMIN_TOKEN) })).status).toBe(200);
    expect((await read({ ...guesser, ...session() })).status).toBe(200);
    expectProblem(await read(guesser), 'unauthorized');
    expectProblem(await send(api, '/metrics', { headers: guesser }), 'unauthorized');
    expectProblem(await read({ 'x-forwarded-for': '198.51.100.8', ...bearer('x') }), 'unauthorized');
  });
});

describe('the metrics', () => {
  it.each(['/metrics', '/api/metrics'])('at %s need their token, when one is set', async (path) => {
    const headers = bearer(METRICS_TOKEN);
    expect((await send(api, path, { headers })).status).toBe(200);
    expectProblem(await send(api, path), 'unauthorized');
    expectProblem(await send(api, path, { headers: bearer(ADMIN_TOKEN) }), 'unauthorized');
    expectProblem(await send(api, path, { headers: session() }), 'unauthorized');
  });
});

/** Passed the guard, and then there was no such event. */
function expectFound(answer: Answer): void {
  expect(answer.status).toBe(404);
  expect(answer.body).toMatchObject({ code: 'not_found' });
}
