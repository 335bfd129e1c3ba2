/** Generated requests: each part is mostly as it should be, so that what is wrong is found by the check meant for it. */
import fc from 'fast-check';
import { sign } from '../support/sign.ts';
import { anyBody, genuineBody } from './bodies.ts';
import type { Framing, WireRequest } from './wire.ts';

/** A request before its time has come: when it is sent, it is signed. */
export interface Plan {
  /** At most one of its parts is chosen freely in most plans; the others are right. */
  body: Buffer;
  toRequest(secret: string, nowS: number): WireRequest;
}

/** Weighted: `usual` unless chance says otherwise. */
const mostly = <T>(usual: T, other: fc.Arbitrary<T>, often = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight: often, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });

type Values = readonly string[];

/** From the second it is sent in to the lines of `x-timestamp`. */
const timestamp: fc.Arbitrary<(nowS: number) => Values> = fc.oneof(
  fc.integer({ min: -400, max: 400 }).map((off) => (nowS: number) => [String(nowS + off)]),
  fc.constantFrom(-301, -300, 300, 301, 304).map((off) => (nowS: number) => [String(nowS + off)]),
  fc
    .constantFrom<((now: string) => Values)[]>(
      () => [],
      () => [''],
      (now) => [now, now],
      (now) => [`${now}, ${now}`],
      (now) => [`${now}000`],
      (now) => [`${now}abc`],
      (now) => [`-${now}`],
      (now) => [`+${now}`],
      (now) => [`${now}.0`],
      (now) => [`0x${Number(now).toString(16)}`],
      (now) => [`000${now}`],
      (now) => [`${now} ${now}`],
      () => [' 12 '],
      () => ['1e9'],
      () => ['NaN'],
      () => ['Infinity'],
      () => ['9'.repeat(400)],
      () => ['٣٤'].map((digits) => Buffer.from(digits).toString('latin1')),
    )
    .map((of) => (nowS: number) => of(String(nowS))),
);

/** From the right signature to the lines of `x-signature`. */
const signature: fc.Arbitrary<(right: string) => Values> = fc.oneof(
  fc.constantFrom<((right: string) => Values)[]>(
    (right) => [`sha256=${right}`],
    () => [],
    () => [''],
    (right) => [right.toUpperCase()],
    (right) => [right.slice(1)],
    (right) => [`${right}0`],
    (right) => [`sha512=${right}`],
    (right) => [`sha256=sha256=${right}`],
    (right) => [`SHA256=${right}`],
    (right) => [Buffer.from(right, 'hex').toString('base64')],
    (right) => [right, right],
    (right) => [`${right}, ${right}`],
    (right) => [`${right},`],
    (right) => [`${right}\r\nx-signature: ${right}`],
    (right) => [`${right}\0`],
    () => ['0'.repeat(64)],
    () => ['z'.repeat(64)],
    () => ['a'.repeat(5000)],
  ),
  // One digit of it is another.
  fc.tuple(fc.nat(63), fc.integer({ min: 1, max: 15 })).map(([at, by]) => (right: string) => {
    const digit = (Number.parseInt(right[at]!, 16) ^ by).toString(16);
    return [right.slice(0, at) + digit + right.slice(at + 1)];
  }),
);

const encoding: fc.Arbitrary<Values> = fc.constantFrom<Values[]>(
  ...[['identity'], ['IDENTITY'], [''], ['gzip'], ['br'], ['deflate'], ['zstd'], ['x'], ['gzip, identity']],
  ...[['identity', 'gzip'], ['identity, gzip'], ['gzip\0']],
);

const TYPE = 'order.created';
const target = fc.constantFrom(
  ...[
    `/api/webhook/${TYPE}?x=%zz`,
    `/api/webhook/order%2Ecreated`,
    `/%61pi/webhook/${TYPE}`,
    `http://x/api/webhook/${TYPE}`,
  ],
  ...[
    '/api/webhook/order.paid',
    '/api/webhook/ORDER.CREATED',
    '/api/webhook/order%252Ecreated',
    '/api/webhook/__proto__',
  ],
  ...[
    `/api/webhook/${TYPE}%00`,
    `/api/webhook/${TYPE}%20`,
    '/api/webhook/order%2Fcreated',
    `/api/webhook/${TYPE};x`,
  ],
  ...[
    '/api/webhook/',
    '/api/webhook',
    `/api/webhook/${TYPE}/`,
    `//api/webhook/${TYPE}`,
    `/x/../api/webhook/${TYPE}`,
  ],
  ...[
    `/API/webhook/${TYPE}`,
    '/api/webhook/%zz',
    '/api/webhook/%c0%ae',
    '/api/webhook/a b',
    '/api/webhook/\0',
    '/nowhere',
  ],
);
const method = fc.constantFrom(
  'GET',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PURGE',
  'post',
  'P\0ST',
  'SING',
);

const soupName = fc.oneof(
  fc.constantFrom(
    ...[
      '__proto__',
      'constructor',
      'toString',
      'X-Forwarded-For',
      'Forwarded',
      'X-Real-IP',
      'Cookie',
      'Authorization',
    ],
    ...[
      'Content-Type',
      'X-Request-Id',
      'Trailer',
      'TE',
      'Upgrade',
      'Expect',
      'Accept-Encoding',
      'X-HTTP-Method-Override',
    ],
  ),
  fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,20}$/).map((name) => `x-${name}`),
);
const soupValue = fc.oneof(
  fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,60}$/),
  fc.constantFrom(
    '',
    '100-continue',
    'chunked',
    'gzip',
    'x'.repeat(3000),
    '192.0.2.1, ::1',
    "'; --",
    '\x80\xff',
    '\t',
  ),
);
const brokenLine = fc.constantFrom<[string, string][]>(
  ...([
    ['x-a', 'a\0b'],
    ['x-a', 'a\rb'],
    ['x-a', 'a\nb'],
    ['x-a', 'a\x01b'],
    ['x-a', 'a\x7fb'],
    ['x-a', 'a\r\nb'],
  ] as [string, string][]),
  ...([
    ['x a', 'b'],
    ['x-a ', 'b'],
    ['', 'b'],
    ['x\0a', 'b'],
    ['x-a\r\n', 'b'],
    ['é', 'b'],
    ['(x)', 'b'],
  ] as [string, string][]),
  ...([
    ['x-a', 'a\r\nx-timestamp: 1'],
    ['x-a', 'a\r\nContent-Encoding: gzip'],
    ['x-a', 'a\n b'],
    ['x-a', 'b'.repeat(20_000)],
  ] as [string, string][]),
);
const soup: fc.Arbitrary<[string, string][]> = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.tuple(soupName, soupValue), { maxLength: 6 }) },
  { weight: 2, arbitrary: brokenLine.map((line) => [line]) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(60, 90, 110, 3000)
      .map((many) => Array.from({ length: many }, (_, i): [string, string] => [`x-${i}`, ''])),
  },
  { weight: 1, arbitrary: fc.constant<[string, string][]>([['Connection', 'close']]) },
);
const host: fc.Arbitrary<Values> = fc.constantFrom<Values[]>([], ['a', 'b'], ['']);

const framing: fc.Arbitrary<(body: Buffer) => Framing> = fc.oneof(
  fc.constantFrom(1, 7, 1000, 100_000).map((size) => (): Framing => ({ kind: 'chunked', size })),
  fc.double({ min: 0, max: 0.99, noNaN: true }).map((share) => (body: Buffer): Framing => {
    return body.length > 0 ? { kind: 'half', share } : { kind: 'none' };
  }),
  fc.constant((): Framing => ({ kind: 'none' })),
  // One byte less than there is, if that byte cannot begin another request.
  fc.constant((body: Buffer): Framing => {
    return { kind: 'length', declared: body.length - (body.at(-1) === 0x7d ? 1 : 0) };
  }),
  fc
    .constantFrom<Values[]>(
      ...[
        ['Content-Length: 5', 'Transfer-Encoding: chunked'],
        ['Content-Length: 5', 'Content-Length: 6'],
      ],
      ...[['Content-Length: five'], ['Content-Length: +5'], ['Content-Length: -1'], ['Content-Length: 0x5']],
      ...[
        ['Content-Length: 5, 5'],
        [`Content-Length: ${'9'.repeat(30)}`],
        ['Content-Length:'],
        ['Content-Length: 5\0'],
      ],
      ...[
        ['Transfer-Encoding: identity'],
        ['Transfer-Encoding: xchunked'],
        ['Transfer-Encoding: chunked, gzip'],
      ],
      ...[['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], ['Transfer-Encoding : chunked']],
    )
    .map((lines) => (): Framing => ({ kind: 'broken', lines })),
);

/** Larger than the limit: a megabyte of zeros that would make a gigabyte unzipped is refused for its encoding first. */
const large = (maxBody: number) =>
  fc.constantFrom(maxBody, maxBody + 1, 2 * maxBody).map((size) => Buffer.alloc(size, ' '));

export function plan(maxBody: number): fc.Arbitrary<Plan> {
  const body = fc.oneof(
    { weight: 6, arbitrary: genuineBody },
    { weight: 6, arbitrary: anyBody },
    { weight: 1, arbitrary: large(maxBody) },
  );
  return fc
    .record({
      body,
      target: mostly(`/api/webhook/${TYPE}`, target),
      method: mostly('POST', method, 20),
      version: mostly<'1.0' | '1.1'>('1.1', fc.constant('1.0'), 20),
      timestamp: mostly((nowS: number): Values => [String(nowS)], timestamp, 6),
      signature: mostly((right: string): Values => [right], signature, 6),
      encoding: mostly<Values>([], encoding),
      soup: mostly<[string, string][]>([], soup, 3),
      host: mostly<Values>(['herald'], host, 25),
      framing: mostly((whole: Buffer): Framing => ({ kind: 'length', declared: whole.length }), framing, 6),
    })
    .map(({ body, timestamp, signature, encoding, soup, host, framing, ...line }) => ({
      body,
      toRequest(secret, nowS) {
        const named = (name: string, values: Values) => values.map((value) => [name, value] as const);
        const lines = [
          ...named('Host', host),
          ...soup,
          ...named('X-Timestamp', timestamp(nowS)),
          ...named('x-signature', signature(sign(body, secret))),
          ...named('Content-Encoding', encoding),
        ];
        return { ...line, lines, body, framing: framing(body) };
      },
    }));
}

/** What one connection carries: requests one after another, and into how many pieces their bytes are cut. */
export interface Conversation {
  plans: readonly Plan[];
  pieces: number;
}

export function conversation(maxBody: number): fc.Arbitrary<Conversation> {
  return fc.record({
    plans: fc.oneof(
      { weight: 3, arbitrary: fc.array(plan(maxBody), { minLength: 1, maxLength: 1 }) },
      { weight: 1, arbitrary: fc.array(plan(maxBody), { minLength: 1, maxLength: 5 }) },
    ),
    pieces: mostly(1, fc.integer({ min: 2, max: 6 }), 4),
  });
}
