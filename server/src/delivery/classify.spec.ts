import { classify } from './classify';
import type { DeliveryResult, Target } from './provider';

const now = Date.parse('2026-11-23T12:00:00Z');
const token = 'fGh7_kd83Jd0-kasd:APA91bHPRgkFLJu_secret-a1b2c3';
const target: Target = { kind: 'token', token };

const FCM = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

interface Given {
  status: number;
  rpc?: string;
  fcm?: string;
  message?: string;
  wrong?: string[];
  retryAfter?: string;
}

function answer({ status, rpc, fcm, message = 'Something is wrong.', wrong, retryAfter }: Given) {
  const details = [
    ...(fcm ? [{ '@type': FCM, errorCode: fcm }] : []),
    ...(wrong ? [{ '@type': BAD_REQUEST, fieldViolations: wrong.map((field) => ({ field })) }] : []),
  ];
  return {
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    body: JSON.stringify({ error: { code: status, message, status: rpc, details } }),
  };
}

const result = (given: Given): DeliveryResult => classify(answer(given), target, now);
const page = (status: number) =>
  classify({ status, headers: {}, body: '<html><h1>Bad gateway</h1></html>' }, target, now);

describe('a success', () => {
  it('is delivered under the name FCM gave it', () => {
    const body = '{"name":"projects/p/messages/0:1"}';
    expect(classify({ status: 200, headers: {}, body }, target, now)).toEqual({
      outcome: 'delivered',
      messageName: 'projects/p/messages/0:1',
    });
  });

  it.each(['<html>It works!</html>', '', '{}', '[]', 'null', '"x"', '{"name":7}'])(
    'of which nobody knows whether it was one is unknown: %p',
    (body) => {
      expect(classify({ status: 200, headers: {}, body }, target, now)).toEqual({
        outcome: 'unknown',
        message: "HTTP 200 with an answer that is not FCM's",
      });
    },
  );
});

describe("FCM's error codes", () => {
  const table: [string, Given, { cause: string; code: string; retryAfterMs?: number; scope?: string }][] = [
    [
      'INVALID_ARGUMENT about the message',
      { status: 400, rpc: 'INVALID_ARGUMENT', fcm: 'INVALID_ARGUMENT', wrong: ['message.data[0].key'] },
      { cause: 'message', code: 'INVALID_ARGUMENT' },
    ],
    [
      'INVALID_ARGUMENT about a field before FCM has seen it',
      { status: 400, rpc: 'INVALID_ARGUMENT', wrong: ['message'] },
      { cause: 'message', code: 'INVALID_ARGUMENT' },
    ],
    [
      'INVALID_ARGUMENT without a reason',
      { status: 400, rpc: 'INVALID_ARGUMENT', fcm: 'INVALID_ARGUMENT' },
      { cause: 'message', code: 'INVALID_ARGUMENT' },
    ],
    [
      'INVALID_ARGUMENT about the token, in words',
      {
        status: 400,
        rpc: 'INVALID_ARGUMENT',
        fcm: 'INVALID_ARGUMENT',
        message: 'The registration token is not a valid FCM registration token',
      },
      { cause: 'target_gone', code: 'INVALID_ARGUMENT' },
    ],
    [
      'INVALID_ARGUMENT about the token, by its field',
      { status: 400, rpc: 'INVALID_ARGUMENT', fcm: 'INVALID_ARGUMENT', wrong: ['message.token'] },
      { cause: 'target_gone', code: 'INVALID_ARGUMENT' },
    ],
    [
      'INVALID_ARGUMENT about the installation id, in words',
      { status: 400, fcm: 'INVALID_ARGUMENT', message: 'The Firebase Installation ID is not valid' },
      { cause: 'target_gone', code: 'INVALID_ARGUMENT' },
    ],
    [
      'INVALID_ARGUMENT about the installation id, by its field',
      { status: 400, fcm: 'INVALID_ARGUMENT', wrong: ['message.fid'] },
      { cause: 'target_gone', code: 'INVALID_ARGUMENT' },
    ],
    [
      'INVALID_ARGUMENT about the token and something else: the token is kept',
      {
        status: 400,
        fcm: 'INVALID_ARGUMENT',
        wrong: ['message.token', 'message.android.ttl'],
        message: 'Invalid registration token',
      },
      { cause: 'message', code: 'INVALID_ARGUMENT' },
    ],
    [
      'UNREGISTERED',
      { status: 404, rpc: 'NOT_FOUND', fcm: 'UNREGISTERED' },
      { cause: 'target_gone', code: 'UNREGISTERED' },
    ],
    [
      'UNREGISTERED of an installation id',
      { status: 404, rpc: 'NOT_FOUND', fcm: 'UNREGISTERED_FID' },
      { cause: 'target_gone', code: 'UNREGISTERED_FID' },
    ],
    [
      'NOT_FOUND without a word from FCM: the project is wrong, the token is kept',
      { status: 404, rpc: 'NOT_FOUND', message: 'Requested entity was not found.' },
      { cause: 'credentials', code: 'NOT_FOUND' },
    ],
    [
      'SENDER_ID_MISMATCH',
      { status: 403, rpc: 'PERMISSION_DENIED', fcm: 'SENDER_ID_MISMATCH' },
      { cause: 'target_refused', code: 'SENDER_ID_MISMATCH' },
    ],
    [
      'PERMISSION_DENIED',
      { status: 403, rpc: 'PERMISSION_DENIED' },
      { cause: 'credentials', code: 'PERMISSION_DENIED' },
    ],
    [
      'UNAUTHENTICATED',
      { status: 401, rpc: 'UNAUTHENTICATED' },
      { cause: 'credentials', code: 'UNAUTHENTICATED' },
    ],
    [
      'THIRD_PARTY_AUTH_ERROR',
      { status: 401, rpc: 'UNAUTHENTICATED', fcm: 'THIRD_PARTY_AUTH_ERROR' },
      { cause: 'platform_credentials', code: 'THIRD_PARTY_AUTH_ERROR' },
    ],
    [
      'QUOTA_EXCEEDED with Retry-After',
      { status: 429, rpc: 'RESOURCE_EXHAUSTED', fcm: 'QUOTA_EXCEEDED', retryAfter: '7' },
      { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 7000, scope: 'project' },
    ],
    [
      'QUOTA_EXCEEDED without: a minute',
      { status: 429, rpc: 'RESOURCE_EXHAUSTED', fcm: 'QUOTA_EXCEEDED' },
      { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 60_000, scope: 'project' },
    ],
    [
      'QUOTA_EXCEEDED that asks for no wait: a minute all the same',
      { status: 429, rpc: 'RESOURCE_EXHAUSTED', fcm: 'QUOTA_EXCEEDED', retryAfter: '0' },
      { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 60_000, scope: 'project' },
    ],
    [
      'QUOTA_EXCEEDED until a time that is over by our clock: a minute all the same',
      { status: 429, fcm: 'QUOTA_EXCEEDED', retryAfter: 'Mon, 23 Nov 2026 11:59:09 GMT' },
      { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 60_000, scope: 'project' },
    ],
    [
      '429 without a word from FCM',
      { status: 429, rpc: 'RESOURCE_EXHAUSTED', retryAfter: 'Mon, 23 Nov 2026 12:00:09 GMT' },
      { cause: 'throttled', code: 'QUOTA_EXCEEDED', retryAfterMs: 9000, scope: 'project' },
    ],
    [
      'UNAVAILABLE with Retry-After',
      { status: 503, rpc: 'UNAVAILABLE', fcm: 'UNAVAILABLE', retryAfter: '30' },
      { cause: 'server', code: 'UNAVAILABLE', retryAfterMs: 30_000 },
    ],
    ['UNAVAILABLE', { status: 503, fcm: 'UNAVAILABLE' }, { cause: 'server', code: 'UNAVAILABLE' }],
    [
      'INTERNAL: ten seconds at least',
      { status: 500, rpc: 'INTERNAL', fcm: 'INTERNAL' },
      { cause: 'server', code: 'INTERNAL', retryAfterMs: 10_000 },
    ],
    [
      'INTERNAL with a shorter Retry-After',
      { status: 500, fcm: 'INTERNAL', retryAfter: '2' },
      { cause: 'server', code: 'INTERNAL', retryAfterMs: 10_000 },
    ],
    [
      'INTERNAL with a longer one',
      { status: 500, fcm: 'INTERNAL', retryAfter: '25' },
      { cause: 'server', code: 'INTERNAL', retryAfterMs: 25_000 },
    ],
    [
      '500 without a word from FCM',
      { status: 500, rpc: 'UNKNOWN' },
      { cause: 'server', code: 'UNKNOWN', retryAfterMs: 10_000 },
    ],
    [
      'UNSPECIFIED_ERROR of a server that failed, as INTERNAL',
      { status: 503, fcm: 'UNSPECIFIED_ERROR' },
      { cause: 'server', code: 'UNSPECIFIED_ERROR', retryAfterMs: 10_000 },
    ],
    [
      'UNSPECIFIED_ERROR about the message',
      { status: 400, fcm: 'UNSPECIFIED_ERROR' },
      { cause: 'message', code: 'UNSPECIFIED_ERROR' },
    ],
    [
      'a 404 with a code nobody knows yet: it came from FCM, so the project is right',
      { status: 404, fcm: 'SOMETHING_NEW' },
      { cause: 'message', code: 'SOMETHING_NEW' },
    ],
  ];

  it.each(table)('%s', (_, given, expected) => {
    const { outcome, message, ...rest } = result(given) as { outcome: string; message: string };
    expect(outcome).toBe('failed');
    expect(message).not.toBe('');
    expect(rest).toEqual(expected);
  });

  it('are read whatever stands before them in the details', () => {
    const body = JSON.stringify({
      error: {
        status: 'NOT_FOUND',
        details: [null, 7, { '@type': 'x' }, { '@type': FCM, errorCode: 'UNREGISTERED' }],
      },
    });
    expect(classify({ status: 404, headers: {}, body }, target, now)).toMatchObject({
      cause: 'target_gone',
      code: 'UNREGISTERED',
    });
  });

  it('are not read from a detail of another kind', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', errorCode: 'UNREGISTERED' }];
    const body = JSON.stringify({ error: { status: 'NOT_FOUND', details } });
    expect(classify({ status: 404, headers: {}, body }, target, now)).toMatchObject({ cause: 'credentials' });
  });
});

describe("a proxy's page", () => {
  it.each([
    [302, 'credentials', 'NOT_FOUND'],
    [400, 'message', 'INVALID_ARGUMENT'],
    [401, 'credentials', 'UNAUTHENTICATED'],
    [403, 'credentials', 'PERMISSION_DENIED'],
    [404, 'credentials', 'NOT_FOUND'],
    [407, 'credentials', 'UNAUTHENTICATED'],
    [408, 'server', 'UNAVAILABLE'],
    [413, 'message', 'INVALID_ARGUMENT'],
    [418, 'message', 'UNSPECIFIED_ERROR'],
    [429, 'throttled', 'QUOTA_EXCEEDED'],
    [500, 'server', 'INTERNAL'],
    [502, 'server', 'UNAVAILABLE'],
    [504, 'server', 'UNAVAILABLE'],
  ])('with status %d is %s', (status, cause, code) => {
    expect(page(status)).toMatchObject({
      outcome: 'failed',
      cause,
      code,
      message: `HTTP ${status} without an explanation`,
    });
  });
});

describe('the message of a result', () => {
  const messageOf = (message: string) =>
    result({ status: 400, fcm: 'INVALID_ARGUMENT', message }).outcome === 'failed'
      ? (result({ status: 400, fcm: 'INVALID_ARGUMENT', message }) as { message: string }).message
      : '';

  it('never has the token in it, though FCM may quote it', () => {
    const message = messageOf(`The token ${token} is not valid; ${token}`);
    expect(message).not.toContain(token);
    expect(message).toBe(
      'The token token …a1b2c3 (sha256 260ca323) is not valid; token …a1b2c3 (sha256 260ca323)',
    );
  });

  it('does not have it either when the token reads like a pattern of JavaScript', () => {
    const odd: Target = { kind: 'token', token: 'secret-secret-secret-$&' };
    const { message } = classify(answer({ status: 400, message: `No: ${odd.token}` }), odd, now) as {
      message: string;
    };
    expect(message).toMatch(/^No: token …/);
    expect(message).not.toContain('secret-secret');
  });

  it('is one line of at most 300 characters, without control characters', () => {
    expect(messageOf('a\r\nb\u001b[31mc')).toBe('a b [31mc');
    expect(messageOf('x'.repeat(10_000))).toHaveLength(300);
  });
});
