/** Bodies of webhooks, from genuine to hostile. */
import fc from 'fast-check';

/** A value as it is written in JSON, which need not be JSON. */
type Written = string;

const json = (value: unknown): Written => JSON.stringify(value);
const nested = (levels: number): Written => '['.repeat(levels) + ']'.repeat(levels);

/** Mostly new ones; the small numbers come again and again. */
const goodId = fc.oneof(
  { weight: 8, arbitrary: fc.nat(1_000_000_000).map((number) => `evt-${number}`) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', '..', '0', 'a:b', '-', 'x'.repeat(128)),
  },
);
const badId = fc.oneof(
  fc.constantFrom(
    '',
    'x'.repeat(129),
    'x'.repeat(50_000),
    '*',
    '{}',
    '{herald:0}',
    'a b',
    'a/b',
    'evt-1\n',
    '\r\n',
  ),
  // Twins: composed and decomposed, other scripts, what looks like nothing.
  fc.constantFrom(
    '\u00e9vt',
    'e\u0301vt',
    '\u0435vt-1',
    'evt\u200b-1',
    'evt-1\ufe0f',
    '\uff45vt-1',
    'evt-1\0',
    '\ud800',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((text) => `${text}\u0001`),
);
const noText: fc.Arbitrary<Written> = fc.constantFrom(
  ...['null', '7', 'true', '[]', '{}', '["evt-1"]', '{"constructor":"x"}', '1e400', '9007199254740993'],
);
const goodText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
  fc.constantFrom(
    ' ',
    '\0',
    'a\r\nb',
    '__proto__',
    '../..',
    '{}',
    '\u{1f600}'.repeat(128),
    'x'.repeat(128),
    '☎\ufe0f',
  ),
);
const badText = fc.constantFrom(
  '',
  'x'.repeat(129),
  '☎\ufe0f'.repeat(65),
  '\ud800',
  'a\udc00',
  'x'.repeat(20_000),
);

const oneIn = <T>(often: number, good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>) =>
  fc.oneof({ weight: often, arbitrary: good }, { weight: 1, arbitrary: bad });
const written = (value: fc.Arbitrary<string>): fc.Arbitrary<Written> => value.map(json);

const eventId = oneIn(30, written(goodId), fc.oneof(written(badId), noText));
const otherId = oneIn(30, written(goodText), fc.oneof(written(badText), noText));

/** `"name":value`, the name as it is or with an escape in it. */
const field = (name: string, value: fc.Arbitrary<Written>): fc.Arbitrary<Written> =>
  fc
    .tuple(
      oneIn(
        9,
        fc.constant(json(name)),
        fc.constant(`"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}"`),
      ),
      value,
    )
    .map(([written, of]) => `${written}:${of}`);

const extraValue: fc.Arbitrary<Written> = fc.oneof(
  { weight: 4, arbitrary: fc.json({ maxDepth: 4 }) },
  fc.constantFrom(
    '1e400',
    '9007199254740993',
    '-0',
    '1E-7',
    '"\\ud800"',
    '"\\u0000"',
    '"[{\\"["',
    '"\u2028"',
    '"\u001b[31m"',
  ),
  fc.integer({ min: 1, max: 40 }).map(nested),
  fc.constantFrom('{"event_id":"inner"}', '[{"event_id":1},"event_id"]', '{"__proto__":{"event_id":1}}'),
);
const extraName = fc.constantFrom(
  'x',
  '',
  '__proto__',
  'constructor',
  'then',
  'toString',
  'Event_id',
  'event_id ',
  'payload',
  'é',
);
const extras = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.tuple(extraName, extraValue).map(([name, value]) => `${json(name)}:${value}`),
    },
    { weight: 1, arbitrary: field('event_id', eventId) },
    { weight: 1, arbitrary: field('user_id', otherId) },
  ),
  { maxLength: 4 },
);

const space = fc.constantFrom('', '', '', ' ', '\r\n', '\t', '\n\n');

const object: fc.Arbitrary<Written> = fc
  .record({
    must: fc.tuple(field('event_id', eventId), field('order_id', otherId), field('user_id', otherId)),
    missing: oneIn(40, fc.constant(-1), fc.nat(2)),
    extras,
    rotate: fc.nat(6),
    space,
  })
  .map(({ must, missing, extras, rotate, space }) => {
    const fields = [...must.filter((_, at) => at !== missing), ...extras];
    const at = fields.length > 0 ? rotate % fields.length : 0;
    return `${space}{${[...fields.slice(at), ...fields.slice(0, at)].join(`${space},${space}`)}}${space}`;
  });

/** What makes a text no strict JSON, or another one. */
const FAULTS: readonly ((text: Written) => Written | Buffer)[] = [
  (text) => text.slice(0, -1),
  (text) => text + text,
  (text) => `\ufeff${text}`,
  (text) => `${text}\0`,
  (text) => `${text}\u00a0`,
  (text) => text.replace('{', '{,'),
  (text) => text.replace(/\}\s*$/, ',}'),
  (text) => text.replaceAll('"', "'"),
  (text) => text.replace('{', '{/* */'),
  (text) => text.replace('{', '{"x":NaN,'),
  (text) => text.replace('{', '{"x":"\0",'),
  (text) => text.replace('{', '{"x":"\n",'),
  (text) => text.replace('{', `{"x":${nested(32)},`),
  (text) => text.replace('{', `{"x":${nested(31)},`),
  (text) => text.replace('{', `{"x":${nested(20_000)},`),
  (text) => '['.repeat(30_000) + text,
  (text) => Buffer.from(text, 'utf16le'),
  (text) => Buffer.from(`${text.replace('{', '{"x":"ü",')}`, 'latin1'),
  ...[[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff, 0xfe]].map(
    (bytes) => (text: Written) =>
      Buffer.concat([Buffer.from('{"x":"'), Buffer.from(bytes), Buffer.from(`",${text.trim().slice(1)}`)]),
  ),
];

export const genuineBody: fc.Arbitrary<Buffer> = object.map((text) => Buffer.from(text));

export const anyBody: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: genuineBody },
  {
    weight: 3,
    arbitrary: fc
      .tuple(object, fc.constantFrom(...FAULTS))
      .map(([text, spoil]) => Buffer.from(spoil(text) as string)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('[]', '7', 'null', '"event_id"', 'true', '', ' ', '{}')
      .map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
);
