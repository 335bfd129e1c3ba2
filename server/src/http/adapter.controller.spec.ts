import { METHODS, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { useApi } from '../../test/api';
import { type Answer, expectProblem, readAnswer, send, sendRaw } from '../../test/http';
import { until } from '../../test/until';
import { order, post } from '../../test/webhooks';
import { createApi } from '../main';

const api = useApi();
const server = (): Server => api.app.getHttpServer();

const LIVE = '/api/health/live';
const NO_HTTP = { error: 'The request is not valid HTTP' };

describe('a request id', () => {
  it.each(['a', 'A-b_c.d:9', 'x'.repeat(128)])('is the one that was sent when it is %.20p', async (id) => {
    const answer = await send(api, '/nowhere', { headers: { 'x-request-id': id } });
    expect(answer.headers['x-request-id']).toBe(id);
    expect(expectProblem(answer, 'not_found').request_id).toBe(id);
  });

  it.each(['', 'a b', 'a/b', '<b>', 'x'.repeat(129), 'ä', ['a', 'b']])(
    'is a new one when %.20p was sent',
    async (id) => {
      const { headers, status } = await send(api, LIVE, { headers: { 'x-request-id': id } });
      expect(status).toBe(200);
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('is another one for each request, and the same in header and body', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => send(api, '/nowhere')));
    const ids = answers.map((answer) => expectProblem(answer, 'not_found').request_id);
    expect(new Set(ids).size).toBe(3);
    expect(answers.map(({ headers }) => headers['x-request-id'])).toEqual(ids);
  });

  it('is there for an address that is none', async () => {
    const answer = await send(api, '/api/webhook/%zz', { headers: { 'x-request-id': 'mine' } });
    expect(expectProblem(answer, 'not_found').request_id).toBe('mine');
    expect(answer.headers['x-request-id']).toBe('mine');
  });
});

describe('what is not HTTP', () => {
  it.each([
    ['a request without a host', `GET ${LIVE} HTTP/1.1\r\n\r\n`],
    ['a request with two hosts', `GET ${LIVE} HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n`],
    ['words', 'hello, herald\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['an odd method', 'SING / HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nhost x\r\n\r\n'],
    ['a header that was folded', 'GET / HTTP/1.1\r\nhost: x\r\na: b\r\n\tc: d\r\n\0\r\n\r\n'],
    ['a length that is none', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n'],
    ['a length beyond all bounds', `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${'9'.repeat(30)}\r\n\r\n`],
    [
      'chunks that are none',
      'POST /api/admin/session HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
    ],
  ])('is told so: %s', async (_what, bytes) => {
    const answer = await sendRaw(api, bytes);
    expectProblem(answer, 'invalid_query', NO_HTTP);
  });

  it.each([
    ['one of 20 kB', `a: ${'b'.repeat(20_000)}\r\n`],
    ['a hundred and one of them', Array.from({ length: 100 }, (_, i) => `a${i}: b\r\n`).join('')],
    ['three thousand of them', Array.from({ length: 3000 }, (_, i) => `a${i}: b\r\n`).join('')],
  ])('or has too large headers is told so: %s', async (_what, headers) => {
    const answer = await sendRaw(api, `GET ${LIVE} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
    expectProblem(answer, 'payload_too_large', { error: 'The headers are too large' });
  });

  it('keeps no connection, even if the other side never ends its own', async () => {
    const socket = connect({ port: api.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('hello, herald\r\n\r\n');
    expect((await readAnswer(socket)).status).toBe(400);
    await until(async () => (await connections()) === 0);
    socket.destroy();
  });

  it('or does not arrive is not waited for for long', async () => {
    expect(server().headersTimeout).toBeLessThanOrEqual(10_000);
    expect(server().requestTimeout).toBeLessThanOrEqual(15_000);
    const [socket, ours] = await connected();
    server().emit('clientError', Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), ours);
    const late = { error: 'The request did not arrive in time' };
    expectProblem(await readAnswer(socket), 'request_timeout', late);
    socket.destroy();
  });

  it('is not answered where nobody listens any more', async () => {
    for (const code of ['ECONNRESET', 'EPIPE']) {
      const [socket, ours] = await connected();
      if (code === 'EPIPE') ours.end();
      server().emit('clientError', Object.assign(new Error(), { code }), ours);
      expect(ours.destroyed).toBe(true);
      socket.destroy();
    }
  });

  async function connected(): Promise<[theirs: Socket, ours: Socket]> {
    const accepted = once(server(), 'connection') as Promise<[Socket]>;
    const socket = connect(api.port, '127.0.0.1');
    const [ours] = await accepted;
    return [socket, ours];
  }

  function connections(): Promise<number> {
    return new Promise((resolve) => server().getConnections((_error, count) => resolve(count)));
  }
});

describe('what is unusual HTTP', () => {
  it.each([
    ['an old version, which needs no host', `GET ${LIVE} HTTP/1.0\r\n\r\n`],
    ['a whole address', `GET http://elsewhere.example${LIVE} HTTP/1.1\r\nhost: x\r\n\r\n`],
    ['a hundred headers', `GET ${LIVE} HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(99)}\r\n`],
    ['an unknown expectation', `GET ${LIVE} HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n`],
    ['an offer to upgrade', `GET ${LIVE} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n`],
  ])('is answered all the same: %s', async (_what, bytes) => {
    expect(await sendRaw(api, bytes)).toMatchObject({ status: 200, body: { ok: true } });
  });
});

describe('an address that leads nowhere', () => {
  it.each([
    '/nowhere',
    '/api',
    '/api/webhook',
    '//',
    '/%zz',
    '/api/webhook/%',
    `/api/webhook/${'x'.repeat(5000)}`,
  ])('is answered so: %.20s', async (path) => {
    const answer = await sendRaw(api, `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expectProblem(answer, 'not_found');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it.each(METHODS.filter((method) => method !== 'GET' && method !== 'HEAD'))(
    'is answered so whatever the method: %s',
    async (method) => {
      const target = method === 'CONNECT' ? 'elsewhere.example:443' : LIVE;
      expectProblem(await sendRaw(api, `${method} ${target} HTTP/1.1\r\nhost: x\r\n\r\n`), 'not_found');
    },
  );

  it('is answered so whatever the content type', async () => {
    const headers = { 'content-type': 'garbage' };
    expectProblem(await send(api, '/nowhere', { method: 'POST', headers, body: 'x' }), 'not_found');
  });
});

it('a webhook that arrives while the api stops is answered like any other', async () => {
  const stopping = await createApi(api.config);
  let answer: Answer | undefined;
  // The moment between "stopping" and "no longer listening".
  stopping
    .getHttpAdapter()
    .getInstance()
    .addHook('preClose', async () => {
      const { port } = stopping.getHttpServer().address() as AddressInfo;
      answer = await post({ port }, order({ event_id: 'late' }));
    });
  await stopping.listen(0, '127.0.0.1');
  await stopping.close();
  expect(answer).toMatchObject({ status: 202, body: { status: 'queued', event_id: 'late' } });
});
