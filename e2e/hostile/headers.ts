/** Headers of webhooks, from right to hostile: how their lines are made from what would be right. */
import fc from 'fast-check';

/** Of one header, a line each. */
export type Values = readonly string[];

/** From the second it is sent in to the lines of `x-timestamp`. */
export const timestamp: fc.Arbitrary<(nowS: number) => Values> = fc.oneof(
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
export const signature: fc.Arbitrary<(right: string) => Values> = fc.oneof(
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

export const encoding: fc.Arbitrary<Values> = fc.constantFrom<Values[]>(
  ...[['identity'], ['IDENTITY'], [''], ['gzip'], ['br'], ['deflate'], ['zstd'], ['x'], ['gzip, identity']],
  ...[['identity', 'gzip'], ['identity, gzip'], ['gzip\0']],
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
export const soup: fc.Arbitrary<[string, string][]> = fc.oneof(
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
export const host: fc.Arbitrary<Values> = fc.constantFrom<Values[]>([], ['a', 'b'], ['']);
