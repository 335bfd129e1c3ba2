import { type Simulator, startSimulator } from '../../../e2e/simulator/simulator';
import { ManualClock } from '../../test/manual-clock';
import { type FetchToken, RefreshedAccessToken } from './access-token';
import { Connections } from './connections';
import { createProvider, type DeliveryOptions } from './create-provider';
import { FcmProvider } from './fcm-provider';
import type { DeliveryProvider, DeliveryResult, PushMessage } from './provider';

/** Long enough for a busy machine; tests of deadlines set their own. */
const TIMEOUT_MS = 5000;
const SHORT_TIMEOUT_MS = 200;

let simulator: Simulator;
let opened: DeliveryProvider[] = [];

beforeAll(async () => {
  simulator = await startSimulator();
});
afterEach(async () => {
  await Promise.all(opened.map((provider) => provider.close()));
  opened = [];
});
afterAll(() => simulator.close());

function provider(changes: Partial<DeliveryOptions> = {}): DeliveryProvider {
  const made = createProvider(
    {
      mode: 'live',
      endpoint: simulator.url,
      connections: 2,
      timeoutMs: TIMEOUT_MS,
      projectId: 'shop',
      ca: simulator.ca,
      ...changes,
    },
    { info: () => undefined },
  );
  opened.push(made);
  return made;
}

function to(token: string, eventId = token): PushMessage {
  return {
    target: { kind: 'token', token },
    notification: { title: 'New Order', body: 'Order A-17 placed by ada' },
    data: { event_id: eventId },
    android: { priority: 'HIGH', notification: { tag: 'tag-1' } },
    apns: { headers: { 'apns-collapse-id': 'tag-1' } },
    webpush: { notification: { tag: 'tag-1' } },
  };
}

const unknown = { outcome: 'unknown', message: expect.any(String) };
const delivered = {
  outcome: 'delivered',
  messageName: expect.stringMatching(/^projects\/shop\/messages\/0:\d+$/),
};

describe('a message', () => {
  it('reaches FCM whole, and is delivered under the name it got there', async () => {
    const result = await provider().send(to('whole'));
    expect(result).toEqual(delivered);
    const { target, ...content } = to('whole');
    expect(simulator.received('whole')).toEqual([
      expect.objectContaining({
        ...content,
        project: 'shop',
        target: 'whole',
        validate_only: false,
        answer: 'OK',
      }),
    ]);
  });

  it('reaches a topic', async () => {
    const message = { ...to('x', 'to-a-topic'), target: { kind: 'topic', topic: 'orders' } as const };
    expect(await provider().send(message)).toEqual(delivered);
    expect(simulator.received('to-a-topic')).toEqual([expect.objectContaining({ target: '/topics/orders' })]);
  });

  it('is only checked when the mode is validate', async () => {
    const messageName = 'projects/shop/messages/fake_message_id';
    expect(await provider({ mode: 'validate' }).send(to('checked'))).toEqual({ ...delivered, messageName });
    expect(simulator.received('checked')).toEqual([expect.objectContaining({ validate_only: true })]);
  });

  it('finds an endpoint that has a path', async () => {
    const result = await provider({ endpoint: `${simulator.url}/fcm/` }).send(to('pathed'));
    expect(result).toMatchObject({ cause: 'credentials', code: 'NOT_FOUND' });
  });
});

describe("FCM's answers", () => {
  it.each<[string, Partial<Extract<DeliveryResult, { outcome: 'failed' }>>]>([
    ['unregistered', { cause: 'target_gone', code: 'UNREGISTERED' }],
    ['invalid-token', { cause: 'target_gone', code: 'INVALID_ARGUMENT' }],
    ['invalid-payload', { cause: 'message', code: 'INVALID_ARGUMENT' }],
    ['quota', { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 60_000, scope: 'project' }],
    ['quota-3', { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 3000, scope: 'project' }],
    ['quota-device-5', { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 5000, scope: 'device' }],
    ['quota-topic', { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 60_000, scope: 'topic' }],
    ['unavailable', { cause: 'server', code: 'UNAVAILABLE' }],
    ['unavailable-20', { cause: 'server', code: 'UNAVAILABLE', retryAfterMs: 20_000 }],
    ['internal', { cause: 'server', code: 'INTERNAL', retryAfterMs: 10_000 }],
    ['sender-mismatch', { cause: 'target_refused', code: 'SENDER_ID_MISMATCH' }],
    ['third-party-auth', { cause: 'platform_credentials', code: 'THIRD_PARTY_AUTH_ERROR' }],
    ['unauthenticated', { cause: 'credentials', code: 'UNAUTHENTICATED' }],
    ['permission-denied', { cause: 'credentials', code: 'PERMISSION_DENIED' }],
    ['no-project', { cause: 'credentials', code: 'NOT_FOUND' }],
    ['garbage-502', { cause: 'server', code: 'UNAVAILABLE' }],
    ['huge-404', { cause: 'credentials', code: 'NOT_FOUND' }],
  ])('to %s are told apart', async (token, expected) => {
    expect(await provider().send(to(token))).toEqual({
      outcome: 'failed',
      message: expect.any(String),
      ...expected,
    });
    expect(simulator.received(token)).toHaveLength(1);
  });

  it('to a message that breaks a limit blame the message', async () => {
    const message = { ...to('limits'), data: { from: 'me' } };
    expect(await provider().send(message)).toMatchObject({ cause: 'message', code: 'INVALID_ARGUMENT' });
  });

  it.each(['garbage', 'huge'])('that are not its own (%s) leave the outcome unknown', async (token) => {
    expect(await provider().send(to(token))).toEqual(unknown);
  });
});

describe('an answer that does not come', () => {
  it('is waited for', async () => {
    expect(await provider().send(to('slow-50'))).toEqual(delivered);
  });

  it('is waited for until the deadline and no longer', async () => {
    expect(await provider({ timeoutMs: SHORT_TIMEOUT_MS }).send(to('hang'))).toEqual({
      outcome: 'unknown',
      message: "Sent, but FCM's answer was lost: no answer before the deadline",
    });
  });

  it.each(['reset', 'goaway'])(
    'because of a %s leaves the outcome unknown, and is not asked for twice',
    async (token) => {
      const sender = provider();
      expect(await sender.send(to(token))).toEqual(unknown);
      expect(await sender.send(to(`after-${token}`))).toEqual(delivered);
      expect(simulator.received(token)).toHaveLength(1);
    },
  );

  it('because nobody is there is a failure that may pass: nothing was sent', async () => {
    const gone = await startSimulator();
    await gone.close();
    expect(await provider({ endpoint: gone.url, ca: gone.ca }).send(to('nobody'))).toEqual({
      outcome: 'failed',
      cause: 'server',
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^Not sent, no connection to FCM: ECONNREFUSED/),
    });
  });
});

describe('the access token', () => {
  const AGE_OF_A_TOKEN_MS = 30 * 60_000;

  /** A provider whose access tokens are `token-1`, `token-2` …; with the count of those asked for so far. */
  function withTokens(fetchToken?: FetchToken, timeoutMs = TIMEOUT_MS) {
    let asked = 0;
    const clock = new ManualClock();
    const next: FetchToken = () => Promise.resolve({ access_token: `token-${++asked}`, expires_in: 3600 });
    const sender = new FcmProvider(
      { projectId: 'shop', validateOnly: false, timeoutMs },
      new Connections({ endpoint: simulator.url, connections: 1, timeoutMs, ca: simulator.ca }),
      new RefreshedAccessToken(fetchToken ?? next, clock, 2 * SHORT_TIMEOUT_MS),
      clock,
    );
    opened.push(sender);
    return { sender, clock, asked: () => asked };
  }

  it('is fetched once for many messages', async () => {
    const { sender, asked } = withTokens();
    await Promise.all(Array.from({ length: 20 }, () => sender.send(to('shared'))));
    expect(asked()).toBe(1);
    expect(simulator.received('shared')).toHaveLength(20);
  });

  it('is fetched again, once, when FCM refuses it, and the message is sent with the new one', async () => {
    const { sender, clock, asked } = withTokens();
    await sender.send(to('before-the-refusal'));
    clock.advance(AGE_OF_A_TOKEN_MS);
    expect(await sender.send(to('unauthenticated-1x-a'))).toEqual(delivered);
    expect(asked()).toBe(2);
  });

  it('that is refused though it is new is not fetched again: our key is at fault', async () => {
    const { sender, asked } = withTokens();
    expect(await sender.send(to('unauthenticated-b'))).toMatchObject({
      cause: 'credentials',
      code: 'UNAUTHENTICATED',
    });
    expect(asked()).toBe(1);
    expect(simulator.received('unauthenticated-b')).toHaveLength(1);
  });

  it('is not blamed when it is the credentials for Apple that are missing', async () => {
    const { sender, clock, asked } = withTokens();
    await sender.send(to('before-apple'));
    clock.advance(AGE_OF_A_TOKEN_MS);
    expect(await sender.send(to('third-party-auth-c'))).toMatchObject({ cause: 'platform_credentials' });
    expect(asked()).toBe(1);
  });

  it('that cannot be had is a failure of our credentials, and nothing is sent', async () => {
    const { sender } = withTokens(() => Promise.reject(new Error('invalid_grant: account not found')));
    expect(await sender.send(to('no-token'))).toEqual({
      outcome: 'failed',
      cause: 'credentials',
      code: 'UNAUTHENTICATED',
      message: 'No access token from Google: invalid_grant: account not found',
    });
    expect(simulator.received('no-token')).toEqual([]);
  });

  it('is not waited for past the deadline', async () => {
    const { sender } = withTokens(() => new Promise(() => undefined), SHORT_TIMEOUT_MS);
    expect(await sender.send(to('late-token'))).toMatchObject({
      cause: 'credentials',
      message: 'No access token from Google within the deadline',
    });
  });
});
