import { type Certificates, makeCertificates } from '../../../e2e/simulator/certificates';
import { startSimulator } from '../../../e2e/simulator/simulator';
import { SimulatorClient } from '../../test/fcm-simulator';
import { createTopicManagement, type DeliveryOptions } from './create-provider';

let tls: Certificates;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  tls = await makeCertificates();
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function setUp(options: Partial<DeliveryOptions> = {}) {
  const simulator = await startSimulator({ tls });
  const client = new SimulatorClient(simulator);
  open.push(client);
  const logged: object[] = [];
  const management = createTopicManagement(
    {
      ...{
        mode: 'live',
        endpoint: simulator.url,
        connections: 5,
        timeoutMs: 5000,
        projectId: 'shop',
        ca: tls.ca,
      },
      ...options,
    },
    { info: (fields) => logged.push(fields) },
  );
  open.push(management);
  const followers = async (topic: string) =>
    ((await client.ask('GET', `/simulator/topics?topic=${topic}`)).json as { items: unknown }).items;
  const steer = (token_prefix: string, behaviour: string) =>
    client.ask('PUT', '/simulator/rules', { token_prefix, behaviour });
  return { simulator, management, followers, steer, logged };
}

describe('topic management', () => {
  it('lets devices follow a topic, and leave it, over HTTP/2', async () => {
    const { management, followers } = await setUp();
    expect(await management.change('subscribe', 'news', ['a', 'b'])).toEqual({
      ok: true,
      results: [null, null],
    });
    expect(JSON.stringify(await followers('news'))).toMatch(/"a".*"b"/);
    expect(await management.change('unsubscribe', 'news', ['a'])).toEqual({ ok: true, results: [null] });
    expect(JSON.stringify(await followers('news'))).not.toContain('"a"');
  });

  it('takes a thousand in one call', async () => {
    const { management } = await setUp();
    const tokens = Array.from({ length: 1000 }, (_, n) => `device-${n}`);
    const answer = await management.change('subscribe', 'news', tokens);
    expect(answer.ok && answer.results.filter((result) => result === null)).toHaveLength(1000);
  });

  it("tells FCM's word for each device that it would not have", async () => {
    const { management } = await setUp();
    const tokens = ['a', 'unregistered', 'invalid-token', 'sender-mismatch', 'internal'];
    expect(await management.change('subscribe', 'news', tokens)).toEqual({
      ok: true,
      results: [null, 'NOT_FOUND', 'INVALID_ARGUMENT', 'PERMISSION_DENIED', 'INTERNAL'],
    });
  });

  it.each([
    ['unavailable-20', { cause: 'server', code: 'UNAVAILABLE', retryAfterMs: 20_000 }],
    ['quota-30', { cause: 'throttled', retryAfterMs: 30_000 }],
    ['unauthenticated', { cause: 'credentials' }],
    ['reset', { cause: 'unknown' }],
    ['hang', { cause: 'unknown' }],
    ['garbage', { cause: 'unknown' }],
  ])('says what befell a whole call: %s', async (behaviour, expected) => {
    const { management, steer } = await setUp({ timeoutMs: 300 });
    await steer('/topics/news', behaviour);
    expect(await management.change('subscribe', 'news', ['a'])).toMatchObject({ ok: false, ...expected });
  });

  it('says that a name is none', async () => {
    const { management } = await setUp();
    const answer = await management.change('subscribe', 'no topic', ['a']);
    expect(answer).toMatchObject({ ok: false, cause: 'message', code: 'INVALID_ARGUMENT' });
  });

  it('that cannot be reached told nobody', async () => {
    const { management, simulator } = await setUp();
    await simulator.close();
    expect(await management.change('subscribe', 'news', ['a'])).toMatchObject({ ok: false, cause: 'server' });
  });

  it.each(['dry_run', 'validate'] as const)('tells nobody in the mode %s', async (mode) => {
    const { management, followers, logged } = await setUp({ mode });
    expect(await management.change('subscribe', 'news', ['a'])).toEqual({ ok: true, results: [null] });
    expect(await followers('news')).toEqual([]);
    expect(logged).toEqual([{ verb: 'subscribe', topic: 'news', devices: 1 }]);
  });
});
