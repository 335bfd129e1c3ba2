/** The oracle itself, on requests whose answers the contract leaves no doubt about. */
import { expect as assert, test } from '@playwright/test';
import { sign } from '../support/sign.ts';
import { expect, type Rules } from './oracle.ts';
import { judgeJson } from './strict-json.ts';
import { toBytes, type WireRequest } from './wire.ts';

const NOW_S = 1_790_000_000;
const RULES: Rules = { secret: 'a-secret-of-the-oracle', maxBody: 1000, toleranceS: 300 };
const ORDER = '{"event_id":"evt-1","order_id":"1","user_id":"u"}';

interface Changes extends Partial<Omit<WireRequest, 'body' | 'lines'>> {
  body?: string | Buffer;
  timestamp?: readonly string[];
  signature?: readonly string[];
  more?: WireRequest['lines'];
  host?: readonly string[];
}

function request(changes: Changes = {}): WireRequest {
  const {
    body: given = ORDER,
    timestamp = [String(NOW_S)],
    signature,
    more = [],
    host = ['x'],
    ...rest
  } = changes;
  const body = Buffer.from(given as string);
  const named = (name: string, values: readonly string[]) => values.map((value) => [name, value] as const);
  return {
    method: 'POST',
    target: '/api/webhook/order.created',
    version: '1.1',
    framing: { kind: 'length', declared: body.length },
    ...rest,
    body,
    lines: [
      ...named('Host', host),
      ...named('X-Timestamp', timestamp),
      ...named('x-signature', signature ?? [sign(body, RULES.secret)]),
      ...more,
    ],
  };
}

/** The codes that may be answered, `ok` for a 202; a `!` at the end when the connection ends. */
function verdict(changes: Changes = {}): string {
  const { oneOf, ends } = expect(request(changes), RULES, NOW_S);
  const words = oneOf.map((outcome) =>
    outcome.kind === 'problem' ? outcome.code : outcome.kind === 'genuine' ? 'ok' : 'silence',
  );
  return [...new Set(words)].sort().join(' ') + (ends ? '!' : '');
}

const RIGHT = sign(ORDER, RULES.secret);
const CASES: readonly (readonly [what: string, changes: Changes, verdict: string])[] = [
  ['a genuine one', {}, 'ok'],
  ['with a prefix', { signature: [`sha256=${RIGHT}`] }, 'ok'],
  ['in chunks', { framing: { kind: 'chunked', size: 7 } }, 'ok'],
  ['of an old version', { version: '1.0', host: [] }, 'ok!'],
  ['the last of its connection', { more: [['Connection', 'close']] }, 'ok!'],
  ['in percent signs', { target: '/api/webhook/order%2Ecreated?x#y' }, 'ok'],
  ['another method', { method: 'GET' }, 'not_found'],
  ['no method', { method: 'SING' }, 'invalid_query!'],
  ['another address', { target: '/api/webhook/order.created/' }, 'not_found'],
  ['no address', { target: '/api/webhook/%zz' }, 'not_found'],
  ['another type', { target: '/api/webhook/order.paid' }, 'unknown_event_type'],
  ['decoded once only', { target: '/api/webhook/order%252Ecreated' }, 'unknown_event_type'],
  ['encoded', { more: [['Content-Encoding', 'gzip']], timestamp: [] }, 'unsupported_encoding'],
  ['encoded as it is', { more: [['Content-Encoding', ' Identity ']] }, 'ok'],
  ['too large', { body: 'x'.repeat(1001), timestamp: [] }, 'payload_too_large silence!'],
  ['as large as may be', { body: ORDER.padEnd(1000) }, 'ok'],
  ['without a time', { timestamp: [], signature: [] }, 'missing_timestamp'],
  ['with two times', { timestamp: [String(NOW_S), String(NOW_S)] }, 'invalid_timestamp'],
  ['with a time in hex', { timestamp: ['0x10'] }, 'invalid_timestamp'],
  ['too old', { timestamp: [String(NOW_S - 301)], signature: [] }, 'request_too_old'],
  ['too early', { timestamp: [String(NOW_S + 400)] }, 'request_in_future'],
  ['old enough to be either', { timestamp: [String(NOW_S - 299)] }, 'ok request_too_old'],
  ['unsigned', { signature: [] }, 'missing_signature'],
  ['signed twice', { signature: [RIGHT, RIGHT] }, 'invalid_signature'],
  ['signed in capitals', { signature: [RIGHT.toUpperCase()] }, 'invalid_signature'],
  ['signed for another body', { body: `${ORDER} `, signature: [RIGHT] }, 'invalid_signature'],
  [
    'signed, and a second signature injected',
    { signature: [`${RIGHT}\r\nx-signature: ${RIGHT}`] },
    'invalid_signature',
  ],
  ['no JSON', { body: '{' }, 'invalid_json'],
  ['no object', { body: '[]' }, 'invalid_payload'],
  ['without a user', { body: '{"event_id":"1","order_id":"1"}' }, 'invalid_payload'],
  ['with a space in its id', { body: ORDER.replace('evt-1', 'evt 1') }, 'invalid_payload'],
  ['with half a character', { body: ORDER.replace('"u"', '"\\ud800"') }, 'invalid_payload'],
  ['with 129 characters', { body: ORDER.replace('"u"', `"${'u'.repeat(129)}"`) }, 'invalid_payload'],
  ['without a host', { host: [] }, 'invalid_query'],
  ['with two hosts', { host: ['x', 'y'] }, 'invalid_query'],
  ['with a NUL in a header', { more: [['a', 'b\0']] }, 'invalid_query!'],
  ['with a header folded', { more: [['a', 'b\r\n c']] }, 'invalid_query!'],
  ['with 101 headers', { more: Array.from({ length: 97 }, () => ['a', ''] as const) }, 'payload_too_large!'],
  ['with 100 headers', { more: Array.from({ length: 96 }, () => ['a', ''] as const) }, 'ok'],
  ['with 20 kB of headers', { more: [['a', 'b'.repeat(20_000)]] }, 'payload_too_large!'],
  [
    'with two lengths',
    { framing: { kind: 'broken', lines: ['Content-Length: 1', 'Content-Length: 2'] } },
    'invalid_query!',
  ],
  ['half sent', { framing: { kind: 'half', share: 0.5 } }, 'invalid_query request_timeout silence!'],
  ['shorter than it is', { framing: { kind: 'length', declared: ORDER.length - 1 } }, 'invalid_signature!'],
];

for (const [what, changes, right] of CASES)
  test(`a request ${what}: ${right}`, () => assert(verdict(changes)).toBe(right));

test('strict JSON is told apart', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const judge = (text: string | Buffer) => judgeJson(Buffer.from(text as string), 'id') !== null;
  for (const text of [
    '7',
    '{"id":1,"a":{"id":2}}',
    nested(32),
    '{"a":"[[\\"["}',
    '{"x":"\\ud800","y":1e400}',
    '["id","id"]',
  ])
    assert(judge(text), text).toBe(true);
  const bad = [
    '',
    '{',
    '{"id":1,"id":1}',
    '{"id":1,"\\u0069d":1}',
    nested(33),
    '\ufeff1',
    '"\0"',
    Buffer.of(0x22, 0xc0, 0xaf, 0x22),
  ];
  for (const text of bad) assert(judge(text), String(text)).toBe(false);
});

test('what goes over the wire is what was described', () => {
  const wire = toBytes(request({ framing: { kind: 'chunked', size: 40 } })).toString('latin1');
  assert(wire.split('\r\n\r\n')[1] + wire.slice(-7)).toContain('28\r\n{"event_id":"evt-1"');
  assert(wire.endsWith('\r\n0\r\n\r\n')).toBe(true);
  const half = toBytes(request({ framing: { kind: 'half', share: 0.5 } })).toString('latin1');
  assert(half).toContain(`Content-Length: ${ORDER.length}\r\n\r\n`);
  assert(half.split('\r\n\r\n')[1]).toBe(ORDER.slice(0, ORDER.length / 2));
});
