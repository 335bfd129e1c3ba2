import { useApi } from '../../test/api';
import { type Answer, send, sendRaw } from '../../test/http';
import { useOutput } from '../../test/output';
import { until } from '../../test/until';
import { head, hmac, order, ORDER_CREATED, post } from '../../test/webhooks';

/** Planted wherever a secret can stand; each must be found nowhere. */
const CANARY = {
  webhookSecret: 'canary-webhook-secret',
  adminToken: 'canary-admin-token-of-the-operator',
  metricsToken: 'canary-metrics-token',
  redisPassword: 'canary-redis-password',
  wrongToken: 'canary-wrong-token',
  wrongSignature: 'c0ffee'.repeat(10) + 'c0ff',
  payload: 'canary-payload',
  registrationToken: 'canary-registration-token',
  query: 'canary-query',
  cookie: 'canary-cookie',
};
const ENV = {
  LOG_LEVEL: 'trace',
  WEBHOOK_SECRET: CANARY.webhookSecret,
  ADMIN_TOKEN: CANARY.adminToken,
  METRICS_TOKEN: CANARY.metricsToken,
};

const output = useOutput();
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Everything a stranger, a sender and an operator can do, with what went well and what did not. */
async function everything(to: {
  port: number;
}): Promise<{ signatures: string[]; session: string; answers: Answer[] }> {
  const body = JSON.stringify(order({ note: CANARY.payload }));
  const conflict = body.replace(CANARY.payload, `${CANARY.payload}-2`);
  const [signature, other] = [body, conflict].map((text) => hmac(text, CANARY.webhookSecret)) as [
    string,
    string,
  ];
  const genuine = { 'x-signature': signature, ...bearer(CANARY.wrongToken), cookie: CANARY.cookie };
  const invalid = JSON.stringify({
    event_id: [CANARY.payload],
    order_id: '',
    user_id: { constructor: CANARY.payload },
  });
  const admin = bearer(CANARY.adminToken);
  const devices = (method: string, path: string, headers = admin) => send(to, path, { method, headers });
  const device = JSON.stringify({ user_id: 'u-1', token: CANARY.registrationToken });
  const signIn = (token: string) =>
    send(to, '/api/admin/session', { method: 'POST', body: JSON.stringify({ token }) });

  const signedIn = await signIn(CANARY.adminToken);
  const session = String(signedIn.headers['set-cookie']).split(';')[0]!;
  const answers = await Promise.all([
    post(to, body, genuine),
    post(to, body, genuine),
    post(to, conflict, { 'x-signature': other }),
    post(to, body, { ...genuine, 'x-signature': CANARY.wrongSignature }),
    post(to, body, { ...genuine, 'x-timestamp': CANARY.query }),
    post(to, body, genuine, `${ORDER_CREATED}?token=${CANARY.query}`),
    post(to, body, { ...genuine, 'content-encoding': CANARY.query }),
    post(to, invalid, { 'x-signature': hmac(invalid, CANARY.webhookSecret) }),
    post(to, `{"${CANARY.payload}`, { 'x-signature': hmac(`{"${CANARY.payload}`, CANARY.webhookSecret) }),
    sendRaw(to, `${head({ ...genuine, 'content-length': CANARY.query })}\r\n`),
    sendRaw(to, `${CANARY.query}\r\n\r\n`),
    signIn(CANARY.wrongToken),
    send(to, '/api/admin/session', { headers: { cookie: session } }),
    send(to, '/api/admin/session', { method: 'POST', body: `{"${CANARY.wrongToken}":` }),
    send(to, '/api/admin/queue', { headers: bearer(CANARY.wrongToken) }),
    send(to, '/api/admin/queue', { headers: admin }),
    send(to, '/api/admin/queue', { headers: { cookie: `herald_session=${CANARY.cookie}` } }),
    send(to, `/api/admin/events?cursor=${CANARY.query}&limit=${CANARY.query}`, { headers: admin }),
    send(to, '/api/devices', { method: 'PUT', headers: admin, body: device }),
    send(to, '/api/devices', { method: 'PUT', headers: admin, body: device.replace('u-1', '') }),
    devices('DELETE', `/api/devices/${CANARY.registrationToken}`),
    devices('DELETE', `/api/devices/${CANARY.registrationToken}`, bearer(CANARY.wrongToken)),
    devices('PUT', `/api/devices/${CANARY.registrationToken}`),
    devices('GET', '/api/admin/users/u-1/devices'),
    send(to, '/metrics', { headers: bearer(CANARY.wrongToken) }),
    send(to, '/metrics', { headers: bearer(CANARY.metricsToken) }),
    send(to, '/api/metrics', { headers: bearer(CANARY.metricsToken) }),
    send(to, '/api/health'),
    send(to, '/api/openapi.json'),
  ]);
  return { signatures: [signature, other], session, answers };
}

describe('a secret', () => {
  const api = useApi(ENV);
  // Nobody listens on port 1.
  const cut = useApi({ ...ENV, REDIS_URL: `redis://:${CANARY.redisPassword}@127.0.0.1:1` });

  it.each([
    ['while all is well', () => api, [202, 200, 401, 400, 415]],
    ['while Redis is away', () => cut, [503, 401, 400]],
  ])('is in no line of the log and in no answer, %s', async (_when, to, statuses) => {
    const { signatures, session, answers } = await everything(to());
    expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining(statuses));
    // The log has its line of the last request only after the answer.
    const count = () => output.lines().filter(({ msg }) => msg === 'request').length;
    await until(() => count() >= 20);

    const canaries = [...Object.values(CANARY), ...signatures, session.split('=')[1]!];
    const places = [output.text, ...answers.map(({ text }) => text)];
    expect(canaries.filter((canary) => places.some((place) => place.includes(canary)))).toEqual([]);
  });
});
