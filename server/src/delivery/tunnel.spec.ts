import { generateKeyPairSync } from 'node:crypto';
import { type Certificates, makeCertificates } from '../../../e2e/simulator/certificates';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../e2e/simulator/simulator';
import { type ConnectProxy, type ProxyManners, startConnectProxy } from '../../test/connect-proxy';
import { until } from '../../test/until';
import { createProvider, type DeliveryOptions } from './create-provider';
import { tokenFetcher } from './google-credentials';
import type { DeliveryResult } from './provider';

const FCM = 'https://fcm.googleapis.com';
const privateKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

let tls: Certificates;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  // firebase-admin uses something its own library calls deprecated, and that says so each time.
  jest.spyOn(console, 'warn').mockImplementation();
  tls = await makeCertificates(Date.now(), ['fcm.googleapis.com', 'oauth2.googleapis.com', 'proxy.test']);
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
afterAll(() => jest.restoreAllMocks());

/** FCM by its real name, which only the proxy can find. */
async function setUp(manners: Partial<ProxyManners> = {}, simulated: SimulatorOptions = {}) {
  const simulator: Simulator = await startSimulator({ port: 0, tls, ...simulated });
  open.push(simulator);
  const proxy: ConnectProxy = await startConnectProxy({ leadsTo: () => simulator.port, ...manners });
  open.push(proxy);
  return { simulator, proxy };
}

function senderThrough(httpsProxy: string, options: Partial<DeliveryOptions> = {}) {
  const provider = createProvider(
    {
      ...{ mode: 'live', endpoint: FCM, connections: 2, timeoutMs: 5000, projectId: 'shop', ca: tls.ca },
      httpsProxy,
      ...options,
    },
    { info: () => undefined },
  );
  open.push(provider);
  const send = (token: string): Promise<DeliveryResult> =>
    provider.send({ target: { kind: 'token', token }, notification: { title: 'Hi', body: '' }, data: {} });
  return send;
}

const at = ({ port }: ConnectProxy, user = '') => `http://${user}127.0.0.1:${port}`;
const unsent: unknown = expect.objectContaining({ outcome: 'failed', cause: 'server' });
const delivered: unknown = expect.objectContaining({ outcome: 'delivered' });

describe('through a proxy', () => {
  it('messages go over HTTP/2, many on one tunnel, to the real name of FCM', async () => {
    const { simulator, proxy } = await setUp();
    const send = senderThrough(at(proxy), { connections: 1 });
    const results = await Promise.all(Array.from({ length: 50 }, (_, n) => send(`phone-${n}`)));
    expect(results).toEqual(results.map(() => delivered));
    expect(simulator.stats()).toMatchObject({ by_protocol: { '2.0': 50 }, sessions_opened: 1 });
    expect(proxy.asked).toEqual([{ authority: 'fcm.googleapis.com:443', authorization: undefined }]);
  });

  it('that wants to know us, it does', async () => {
    const { proxy } = await setUp();
    expect(await senderThrough(at(proxy, 'me:p%40ss@'))('phone')).toEqual(delivered);
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${btoa('me:p@ss')}`);
  });

  it('that speaks TLS itself, they go too', async () => {
    const { proxy } = await setUp({ tls });
    expect(await senderThrough(`https://localhost:${proxy.port}`)('phone')).toEqual(delivered);
  });

  it('that speaks TLS but that nobody vouches for, nothing goes', async () => {
    const { proxy } = await setUp({ tls: await makeCertificates() });
    const send = senderThrough(`https://localhost:${proxy.port}`);
    expect(await send('phone')).toMatchObject({
      cause: 'server',
      message: expect.stringMatching(/the proxy localhost:\d+ cannot be reached: .*(certificate|CERT)/i),
    });
    expect(proxy.asked).toEqual([]);
  });

  it('access tokens come as well', async () => {
    const { simulator, proxy } = await setUp({}, { settings: { auth: 'strict' } });
    const send = senderThrough(at(proxy), { clientEmail: 'sender@shop.test', privateKey });
    expect(await send('phone')).toEqual(delivered);
    expect(proxy.asked.map(({ authority }) => authority)).toEqual([
      'oauth2.googleapis.com:443',
      'fcm.googleapis.com:443',
    ]);
    expect(simulator.stats().received).toBe(1);
  });

  it('a token is asked for again when the endpoint of the first one never answered', async () => {
    const { simulator, proxy } = await setUp({}, { settings: { auth: 'strict', token_endpoint: 'hang' } });
    // One that no other test has: firebase-admin keeps the tokens of an account for the whole process.
    const account = { projectId: 'shop', clientEmail: 'patient@shop.test', privateKey };
    const fetch = tokenFetcher({ ...account, httpsProxy: at(proxy), ca: tls.ca }, 300)!;
    await expect(fetch(false)).rejects.toThrow(/timeout/);
    simulator.set({ token_endpoint: 'ok' });
    expect(await fetch(false)).toMatchObject({ access_token: expect.any(String) });
  });

  it('nothing goes to a host that NO_PROXY names', async () => {
    const { proxy } = await setUp();
    const send = senderThrough(at(proxy), { endpoint: 'https://fcm.invalid', noProxy: '.invalid' });
    expect(await send('phone')).toMatchObject({ outcome: 'failed', cause: 'server' });
    expect(proxy.asked).toEqual([]);
  });
});

describe('a proxy that', () => {
  it.each([407, 403, 401, 400, 302])(
    'refuses with %d stops the line, and its password is told nobody',
    async (status) => {
      const { simulator, proxy } = await setUp({ refuses: () => status });
      const results = await Promise.all(['a', 'b', 'c'].map(senderThrough(at(proxy, 'me:geheim@'))));
      for (const result of results)
        expect(result).toEqual({
          outcome: 'failed',
          cause: 'credentials',
          code: 'PROXY_REFUSED',
          message: `Not sent: the proxy 127.0.0.1:${proxy.port} answered ${status}`,
        });
      expect(simulator.stats().received).toBe(0);
    },
  );

  it('refuses the token endpoint stops the line as well', async () => {
    const { proxy } = await setUp({ refuses: () => 407 });
    // Another account: firebase-admin keeps the token of one it has seen.
    const account = { clientEmail: 'other@shop.test', privateKey };
    const send = senderThrough(at(proxy, 'me:geheim@'), account);
    const result = await send('phone');
    expect(result).toMatchObject({ outcome: 'failed', cause: 'credentials', code: 'PROXY_REFUSED' });
    expect(JSON.stringify(result)).toMatch(/No access token from Google: .*answered 407/);
    expect(JSON.stringify(result)).not.toMatch(/geheim|bWU6/);
  });

  it.each([502, 503, 504, 429])('answers %d has trouble, which may pass', async (status) => {
    const { proxy } = await setUp({ refuses: () => status });
    expect(await senderThrough(at(proxy))('phone')).toEqual({
      outcome: 'failed',
      cause: 'server',
      code: 'UNAVAILABLE',
      message: `Not sent, no connection to FCM: the proxy 127.0.0.1:${proxy.port} answered ${status}`,
    });
  });

  it('is away has trouble too', async () => {
    const { proxy } = await setUp();
    await proxy.close();
    expect(await senderThrough(at(proxy, 'me:geheim@'))('phone')).toEqual({
      outcome: 'failed',
      cause: 'server',
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /no connection to FCM: the proxy 127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED/,
      ),
    });
  });

  it('never answers keeps no message past its deadline, and is used once it does', async () => {
    let answer: 'silent' | undefined = 'silent';
    const { proxy } = await setUp({ refuses: () => answer });
    const send = senderThrough(at(proxy), { timeoutMs: 200 });
    const started = performance.now();
    const results = await Promise.all(Array.from({ length: 20 }, (_, n) => send(`phone-${n}`)));
    expect(performance.now() - started).toBeLessThan(2000);
    expect(results).toEqual(results.map(() => unsent));
    answer = undefined;
    await until(async () => (await send('after')).outcome === 'delivered');
  });

  it('lets go of a tunnel leaves open what became of the messages in it', async () => {
    const { simulator, proxy } = await setUp();
    const send = senderThrough(at(proxy), { connections: 1 });
    const asked = send('hang');
    await until(() => simulator.received().length === 1);
    await proxy.close();
    expect(await asked).toMatchObject({ outcome: 'unknown' });
  });
});
