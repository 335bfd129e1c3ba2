import { type Simulator, startSimulator } from '../../../e2e/simulator/simulator';
import type { DeliveryMode } from '../contract';
import { createProvider, type DeliveryOptions } from './create-provider';
import type { DeliveryProvider, PushMessage } from './provider';

const TOKEN = 'fGh7_kd83Jd0-kasd:APA91bHPRgkFLJu_secret-a1b2c3';
const TIMEOUT_MS = 5000;

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

const options = (mode: DeliveryMode): DeliveryOptions => ({
  mode,
  endpoint: simulator.url,
  connections: 2,
  timeoutMs: TIMEOUT_MS,
  projectId: 'shop',
  ca: simulator.ca,
});

const message = (data: Record<string, string> = {}): PushMessage => ({
  target: { kind: 'token', token: TOKEN },
  notification: { title: 'New Order', body: 'Order A-17 placed by ada' },
  data: { event_id: 'evt-1', ...data },
});

describe.each<DeliveryMode>(['dry_run', 'validate', 'live'])('the provider of the mode %s', (mode) => {
  let provider: DeliveryProvider;
  let logged: string[];

  beforeEach(() => {
    logged = [];
    provider = createProvider(options(mode), { info: (...line) => logged.push(JSON.stringify(line)) });
  });
  afterEach(() => provider.close());

  it('delivers a message to a token', async () => {
    expect(await provider.send(message())).toMatchObject({ outcome: 'delivered' });
  });

  it('delivers a message to a topic', async () => {
    const toTopic = { ...message(), target: { kind: 'topic', topic: 'orders' } as const };
    expect(await provider.send(toTopic)).toMatchObject({ outcome: 'delivered' });
  });

  it('gives every message that may be shown a name of its own', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, () => provider.send(message())));
    const names = results.map((result) => (result.outcome === 'delivered' ? result.messageName : ''));
    // FCM gives what it only checks no name of its own.
    expect(new Set(names).size).toBe(mode === 'validate' ? 1 : 50);
    expect(names).not.toContain('');
  });

  it('says whether anything left this machine', async () => {
    const before = simulator.stats().received;
    const result = await provider.send(message());
    const sent = simulator.stats().received - before;
    expect(sent).toBe(mode === 'dry_run' ? 0 : 1);
    expect('dryRun' in result).toBe(sent === 0);
  });

  it('leaves the message as it was', async () => {
    const given = message();
    await provider.send(given);
    expect(given).toEqual(message());
  });

  it('takes texts of every script', async () => {
    expect(await provider.send(message({ order_id: '🍕 طلب 訂 \u0000' }))).toMatchObject({
      outcome: 'delivered',
    });
  });

  it('never logs a whole token', async () => {
    await provider.send(message());
    expect(logged.join()).not.toContain(TOKEN);
  });

  it('can be closed twice', async () => {
    await provider.close();
    await expect(provider.close()).resolves.toBeUndefined();
  });

  it('answers after it was closed instead of throwing', async () => {
    await provider.close();
    expect(['delivered', 'failed']).toContain((await provider.send(message())).outcome);
  });
});

describe('a dry run', () => {
  it('logs what would have been sent, to whom and for which event', async () => {
    const logged: unknown[] = [];
    const provider = createProvider(options('dry_run'), { info: (fields) => logged.push(fields) });
    const result = await provider.send(message());
    expect(result).toEqual({
      outcome: 'delivered',
      dryRun: true,
      messageName: expect.stringMatching(/^dry-run\/[0-9a-f-]{36}$/),
    });
    expect(logged).toEqual([
      {
        event_id: 'evt-1',
        target: expect.stringMatching(/^token …a1b2c3 \(sha256 [0-9a-f]{8}\)$/),
        title: 'New Order',
        message_name: expect.stringMatching(/^dry-run\//),
      },
    ]);
  });
});
