import { type SimulatorClient, startClient } from '../../../test/fcm-simulator';
import { until } from '../../../test/until';

let client: SimulatorClient;
beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.close());

const FCM = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
const QUOTA = 'type.googleapis.com/google.rpc.QuotaFailure';
const APNS = 'type.googleapis.com/google.firebase.fcm.v1.ApnsError';
const INFO = 'type.googleapis.com/google.rpc.ErrorInfo';

interface Row {
  status: number;
  rpc: string;
  /** FCM's own code; none when FCM has not seen the message. */
  fcm?: string;
  retryAfter?: string;
  /** Further details by their type. */
  details?: string[];
}

const TABLE: [token: string, row: Row][] = [
  ['unspecified', { status: 500, rpc: 'UNKNOWN', fcm: 'UNSPECIFIED_ERROR' }],
  ['unspecified-400', { status: 400, rpc: 'UNKNOWN', fcm: 'UNSPECIFIED_ERROR' }],
  [
    'invalid-payload',
    { status: 400, rpc: 'INVALID_ARGUMENT', fcm: 'INVALID_ARGUMENT', details: [BAD_REQUEST] },
  ],
  ['invalid-token', { status: 400, rpc: 'INVALID_ARGUMENT', fcm: 'INVALID_ARGUMENT' }],
  ['unregistered', { status: 404, rpc: 'NOT_FOUND', fcm: 'UNREGISTERED' }],
  ['no-project', { status: 404, rpc: 'NOT_FOUND' }],
  ['sender-mismatch', { status: 403, rpc: 'PERMISSION_DENIED', fcm: 'SENDER_ID_MISMATCH' }],
  ['permission-denied', { status: 403, rpc: 'PERMISSION_DENIED', details: [INFO] }],
  ['unauthenticated', { status: 401, rpc: 'UNAUTHENTICATED', details: [INFO] }],
  [
    'third-party-auth',
    { status: 401, rpc: 'UNAUTHENTICATED', fcm: 'THIRD_PARTY_AUTH_ERROR', details: [APNS] },
  ],
  ['quota', { status: 429, rpc: 'RESOURCE_EXHAUSTED', fcm: 'QUOTA_EXCEEDED', details: [QUOTA] }],
  [
    'quota-7',
    { status: 429, rpc: 'RESOURCE_EXHAUSTED', fcm: 'QUOTA_EXCEEDED', retryAfter: '7', details: [QUOTA] },
  ],
  [
    'quota-device-5',
    { status: 429, rpc: 'RESOURCE_EXHAUSTED', fcm: 'QUOTA_EXCEEDED', retryAfter: '5', details: [QUOTA] },
  ],
  ['quota-topic', { status: 429, rpc: 'RESOURCE_EXHAUSTED', fcm: 'QUOTA_EXCEEDED', details: [QUOTA] }],
  ['unavailable', { status: 503, rpc: 'UNAVAILABLE', fcm: 'UNAVAILABLE' }],
  ['unavailable-20', { status: 503, rpc: 'UNAVAILABLE', fcm: 'UNAVAILABLE', retryAfter: '20' }],
  ['internal', { status: 500, rpc: 'INTERNAL', fcm: 'INTERNAL' }],
  ['internal-10', { status: 500, rpc: 'INTERNAL', fcm: 'INTERNAL', retryAfter: '10' }],
];

describe("FCM's errors", () => {
  it.each(TABLE)('%s', async (token, { status, rpc, fcm, retryAfter, details = [] }) => {
    const reply = await client.send({ token });
    expect(reply.status).toBe(status);
    expect(reply.headers['retry-after']).toBe(retryAfter);
    expect(reply.json.error).toMatchObject({ code: status, status: rpc, message: expect.any(String) });
    const given = reply.json.error?.details ?? [];
    expect(given.find((detail) => detail['@type'] === FCM)?.errorCode).toBe(fcm);
    expect(given.map((detail) => detail['@type']).filter((type) => type !== FCM)).toEqual(details);
    expect(client.simulator.received().at(-1)).toMatchObject({ target: token, answer: fcm ?? rpc });
    expect(client.simulator.inbox(token)).toEqual([]);
  });

  it('are the same for an installation id', async () => {
    const reply = await client.send({ fid: 'unregistered-fid' });
    expect(reply).toMatchObject({
      status: 404,
      json: { error: { details: [{ errorCode: 'UNREGISTERED' }] } },
    });
  });

  it('about the payload name the field, about the token only say so', async () => {
    const [payload, token] = [
      await client.send({ token: 'invalid-payload' }),
      await client.send({ token: 'invalid-token' }),
    ];
    expect(payload.json.error?.details?.[1]?.fieldViolations).toEqual([
      expect.objectContaining({ field: 'message.data' }),
    ]);
    expect(token.json.error?.message).toMatch(/registration token is not a valid/);
  });

  it('are counted by their code', async () => {
    const before = client.simulator.stats().by_answer['UNREGISTERED'] ?? 0;
    await client.send({ token: 'unregistered-x' });
    expect(client.simulator.stats().by_answer['UNREGISTERED']).toBe(before + 1);
  });
});

describe('an answer that is lost', () => {
  let other: SimulatorClient;
  beforeEach(async () => {
    other = await startClient();
  });
  afterEach(() => other.close());

  it.each([
    ['hang', false],
    ['reset', false],
    ['goaway', false],
    ['lost', true],
  ])('%s: on the screen %p', async (token, shown) => {
    const ended = other.send({ token }).then(
      () => 'answered',
      () => 'failed',
    );
    const received = await until(() => other.simulator.received()[0]);
    expect(received).toMatchObject({ answer: token.toUpperCase() });
    expect(other.simulator.inbox(token)).toHaveLength(shown ? 1 : 0);
    if (token === 'hang') await other.agent.destroy();
    expect(await ended).toBe('failed');
  });

  it('drain answers, and the next message goes over another connection', async () => {
    expect(await other.send({ token: 'drain' })).toMatchObject({ status: 200 });
    expect(await other.send({ token: 'phone' })).toMatchObject({ status: 200 });
    expect(other.simulator.stats().sessions_opened).toBe(2);
  });
});
