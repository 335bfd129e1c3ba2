import { connect, type ClientHttp2Session } from 'node:http2';
import { Agent } from 'undici';
import { http2Load } from '../../../../e2e/bench/http2-load';
import { OWNER, SimulatorClient, startClient } from '../../../test/fcm-simulator';
import { until } from '../../../test/until';

const SEND = '/v1/projects/shop/messages:send';
const BODY = JSON.stringify({ message: { token: 'phone' } });

let client: SimulatorClient;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const task of cleanUp.splice(0).reverse()) await task();
});

async function start(plain: boolean): Promise<void> {
  client = await startClient({ plain });
  cleanUp.push(() => client.close());
}

function http2Session(): ClientHttp2Session {
  const session = connect(client.simulator.url, { ca: client.simulator.ca || undefined });
  cleanUp.push(() => session.destroy());
  return session;
}

/** Sends one message over a session; resolves with the status. */
function sendOver(session: ClientHttp2Session, body = BODY): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': SEND, ...OWNER });
    stream.once('response', (headers) => resolve(Number(headers[':status'])));
    stream.once('error', reject);
    stream.resume().end(body);
  });
}

describe.each([
  ['over TLS', false],
  ['without TLS', true],
])('on one port %s', (_, plain) => {
  beforeEach(() => start(plain));

  it('HTTP/2 and HTTP/1.1 are both spoken', async () => {
    const old = new Agent({ connect: { ca: client.simulator.ca || undefined }, allowH2: false });
    cleanUp.push(() => old.destroy());
    const { status } = await client.ask('POST', SEND, BODY, OWNER, old);
    expect([status, await sendOver(http2Session())]).toEqual([200, 200]);
    expect(client.simulator.stats().by_protocol).toEqual({ '1.1': 1, '2.0': 1 });
    expect(client.simulator.url).toMatch(plain ? /^http:/ : /^https:/);
  });

  it('FCM allows a hundred streams at once', async () => {
    const session = http2Session();
    await sendOver(session);
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
  });

  it('HTTP/1.1 connections end like those of HTTP/2', async () => {
    const old = new Agent({ connect: { ca: client.simulator.ca || undefined }, allowH2: false });
    cleanUp.push(() => old.destroy());
    const send = (token: string) => client.ask('POST', SEND, { message: { token } }, OWNER, old);
    for (const token of ['reset', 'goaway', 'lost']) await expect(send(token)).rejects.toThrow();
    expect(await send('drain')).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect((await send('phone')).status).toBe(200);
  });

  it('who goes away in the middle of a request leaves nothing behind', async () => {
    const session = http2Session();
    const stream = session.request({ ':method': 'POST', ':path': SEND, ...OWNER });
    stream.on('error', () => undefined);
    stream.write('{');
    await until(() => client.simulator.stats().open === 1);
    session.destroy();
    await until(() => client.simulator.stats().open === 0);
    expect(client.simulator.received()).toEqual([]);
    expect(await sendOver(http2Session())).toBe(200);
  });
});

it('without TLS, a first packet as short as a letter is waited for', async () => {
  await start(true);
  const { connect: connectTcp } = await import('node:net');
  const socket = connectTcp(client.simulator.port, '127.0.0.1');
  cleanUp.push(() => socket.destroy());
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  // POST and the preface of HTTP/2 (PRI) begin with the same letter.
  socket.write('P');
  await new Promise((done) => setTimeout(done, 50));
  socket.write(
    `OST ${SEND} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer owner\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`,
  );
  await until(() => answer.startsWith('HTTP/1.1 200'));
});

it('a body larger than any message is refused', async () => {
  await start(false);
  const reply = await client.post('x'.repeat(600_000));
  expect(reply.status).toBe(413);
});

it('the client of the bench is answered as often as it asks', async () => {
  await start(false);
  const { port, ca } = client.simulator;
  const load = { port, ca, path: SEND, authorization: 'Bearer owner', bodies: [BODY, BODY], inFlight: 100 };
  expect(await http2Load({ ...load, requests: 2000 })).toBeGreaterThan(0);
  expect(client.simulator.stats()).toMatchObject({ received: 2000, by_answer: { OK: 2000 } });
  expect(client.simulator.stats().open_max_per_session).toBeLessThanOrEqual(100);
  client.simulator.steer('', 'reset', { first: 1 });
  await expect(http2Load({ ...load, requests: 10 })).rejects.toThrow();
});
