import { startApi, type TestApi, useApi } from '../../test/api';
import { type Answer, expectProblem, type Headers, send, sendRaw } from '../../test/http';
import { until } from '../../test/until';
import { head, order, post } from '../../test/webhooks';

const LIMIT = 10;
const WINDOW_S = 60;
const LIMITED = { RATE_LIMIT: String(LIMIT), RATE_LIMIT_WINDOW_S: String(WINDOW_S) };

let clients = 0;

/** The headers of a client nobody has heard of yet, as a proxy would give them. */
function newClient(): Headers {
  clients += 1;
  return { 'x-forwarded-for': `10.0.${clients >> 8}.${clients & 255}` };
}

/** Takes up all of a client's limit. */
function exhaust(api: Pick<TestApi, 'port'>, client: Headers): Promise<Answer[]> {
  return Promise.all(Array.from({ length: LIMIT }, () => post(api, order(), client)));
}

describe('the rate limit', () => {
  const api = useApi({ ...LIMITED, TRUST_PROXY: '1' });

  it('refuses the eleventh quick request and says when to come again', async () => {
    const client = newClient();
    for (let left = LIMIT - 1; left >= 0; left -= 1) {
      const { status, headers } = await post(api, order(), client);
      expect([status, headers['ratelimit-policy']]).toEqual([202, `"webhook";q=${LIMIT};w=${WINDOW_S}`]);
      expect(headers.ratelimit).toMatch(new RegExp(`^"webhook";r=${left};t=(5\\d|60)$`));
    }
    const refused = await post(api, order(), client);
    expect(expectProblem(refused, 'rate_limited').error).toBe('Rate limit exceeded');
    expect(refused.headers['ratelimit-policy']).toBe(`"webhook";q=${LIMIT};w=${WINDOW_S}`);
    expect(refused.headers.ratelimit).toMatch(/^"webhook";r=0;t=(5\\d|60)$/);
    expect(refused.headers['retry-after']).toMatch(/^(59|60)$/);
  });

  it('lets exactly ten of a hundred requests pass that come at once', async () => {
    const client = newClient();
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(api, order(), client)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(LIMIT);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(100 - LIMIT);
  });

  it('counts every answer but its own, whatever was wrong', async () => {
    const client = newClient();
    const body = order();
    const requests: [number, () => Promise<Answer>][] = [
      [404, () => post(api, order(), client, '/api/webhook/order.paid')],
      [415, () => post(api, order(), { ...client, 'content-encoding': 'gzip' })],
      [413, () => sendRaw(api, `${head({ ...client, 'content-length': 9_999_999 })}\r\n`)],
      [400, () => post(api, order(), { ...client, 'x-timestamp': 'x' })],
      [401, () => post(api, order(), { ...client, 'x-signature': 'x' })],
      [400, () => post(api, '{', client)],
      [400, () => post(api, '{}', client)],
      [202, () => post(api, body, client)],
      [200, () => post(api, body, client)],
      [200, () => post(api, { ...body, user_id: 'u-2' }, client)],
      [429, () => post(api, order(), client)],
    ];
    for (const [status, request] of requests) expect((await request()).status).toBe(status);
  });

  it('comes before everything else that could be wrong', async () => {
    const client = newClient();
    await exhaust(api, client);
    expectProblem(await post(api, 'x', client, '/api/webhook/order.paid'), 'rate_limited');
    expectProblem(await post(api, 'x', { ...client, 'content-encoding': 'gzip' }), 'rate_limited');
    expectProblem(await post(api, 'x', { ...client, 'content-type': 'garbage' }), 'rate_limited');
    expectProblem(await post(api, 'x', { ...client, 'x-signature': undefined }), 'rate_limited');
  });

  it('answers before a byte of the body has been sent', async () => {
    const client = newClient();
    await exhaust(api, client);
    expectProblem(await sendRaw(api, `${head({ ...client, 'content-length': 1000 })}\r\n`), 'rate_limited');
    const chunked = head({ ...client, 'transfer-encoding': 'chunked' });
    expectProblem(await sendRaw(api, `${chunked}\r\n`), 'rate_limited');
    const polite = head({ ...client, 'content-length': 1000, expect: '100-continue' });
    expectProblem(await sendRaw(api, `${polite}\r\n`), 'rate_limited');
  });

  it('does not concern other routes', async () => {
    const client = newClient();
    await exhaust(api, client);
    expect((await send(api, '/api/health/live', { headers: client })).status).toBe(200);
  });

  it('is each client its own', async () => {
    await exhaust(api, newClient());
    expect((await post(api, order(), newClient())).status).toBe(202);
  });

  it('takes an IPv4 address in IPv6 clothes for the same client', async () => {
    await exhaust(api, { 'x-forwarded-for': '192.0.2.7' });
    expectProblem(await post(api, order(), { 'x-forwarded-for': '::ffff:192.0.2.7' }), 'rate_limited');
    expect((await post(api, order(), { 'x-forwarded-for': '::ffff:192.0.2.8' })).status).toBe(202);
  });

  it('takes a /64 of IPv6 for one client', async () => {
    await exhaust(api, { 'x-forwarded-for': '2001:db8::1' });
    expectProblem(await post(api, order(), { 'x-forwarded-for': '2001:DB8:0:0:f::2' }), 'rate_limited');
    expect((await post(api, order(), { 'x-forwarded-for': '2001:db8:0:1::1' })).status).toBe(202);
  });

  it('believes the trusted proxy only, not what the client told it', async () => {
    await exhaust(api, { 'x-forwarded-for': '192.0.2.20' });
    const spoofed = { 'x-forwarded-for': '192.0.2.99, 192.0.2.20' };
    expectProblem(await post(api, order(), spoofed), 'rate_limited');
  });

  it('is shared by all processes', async () => {
    const other = await startApi({ ...LIMITED, TRUST_PROXY: '1', REDIS_PREFIX: api.config.redis.prefix });
    try {
      const client = newClient();
      const both = Array.from({ length: 40 }, (_, i) => post(i % 2 ? api : other, order(), client));
      const statuses = (await Promise.all(both)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 202)).toHaveLength(LIMIT);
    } finally {
      await other.app.close();
    }
  });
});

describe('without a trusted proxy', () => {
  const api = useApi({ ...LIMITED });

  it('a client cannot pass for others by X-Forwarded-For', async () => {
    await Promise.all(Array.from({ length: LIMIT }, () => post(api, order(), newClient())));
    expectProblem(await post(api, order(), newClient()), 'rate_limited');
    expectProblem(await post(api, order(), { forwarded: 'for=192.0.2.60' }), 'rate_limited');
  });
});

describe('with a trusted address', () => {
  const api = useApi({ ...LIMITED, TRUST_PROXY: '127.0.0.0/8, 192.0.2.1' });

  it('the client is the first address, from our end, that is not trusted', async () => {
    await exhaust(api, { 'x-forwarded-for': '203.0.113.5, 192.0.2.1' });
    expectProblem(
      await post(api, order(), { 'x-forwarded-for': '198.51.100.1, 203.0.113.5' }),
      'rate_limited',
    );
    expect((await post(api, order(), { 'x-forwarded-for': '203.0.113.6, 192.0.2.1' })).status).toBe(202);
  });
});

describe('a rate limit of 0', () => {
  const api = useApi({ RATE_LIMIT: '0' });

  it('is none', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => post(api)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(answers[0]!.headers).not.toHaveProperty('ratelimit');
  });
});

describe('a short window', () => {
  const api = useApi({ RATE_LIMIT: '1', RATE_LIMIT_WINDOW_S: '1' });

  it('lets the same client in again when it has passed, as Retry-After says', async () => {
    expect((await post(api)).status).toBe(202);
    const refused = await post(api);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    await until(async () => (await post(api)).status === 202, 2000);
  });
});
