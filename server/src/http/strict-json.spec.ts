import { isDeepStrictEqual } from 'node:util';
import { MAX_DEPTH, parseStrictJson } from './strict-json';

const parse = (text: string, unique?: string[]) => parseStrictJson(Buffer.from(text), unique);
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('strict JSON', () => {
  it('gives the value and the exact text', () => {
    const text = ' {"a": [1, "ü😀", null],\t"b": 1e400}\n';
    expect(parse(text)).toEqual({ text, value: { a: [1, 'ü😀', null], b: Infinity } });
  });

  it.each(['null', 'true', '7', '"a"', '[]', '{}'])('takes %s, too', (text) => {
    expect(parse(text)).toEqual({ text, value: JSON.parse(text) as unknown });
  });

  it.each([
    ['nothing', []],
    ['a BOM', [0xef, 0xbb, 0xbf, 0x31]],
    ['a BOM of UTF-16', [0xff, 0xfe, 0x31, 0x00]],
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in three bytes', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a character beyond Unicode', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['a character cut short', [0x22, 0xe2, 0x82]],
    ['a raw NUL', [0x22, 0x00, 0x22]],
  ])('refuses %s', (_what, bytes) => {
    expect(parseStrictJson(Buffer.from(bytes))).toBeNull();
  });

  it('counts levels from the outermost, whatever brackets stand in texts', () => {
    expect(parse(nested(MAX_DEPTH))).not.toBeNull();
    expect(parse(nested(MAX_DEPTH + 1))).toBeNull();
    expect(parse(`{"a":${nested(MAX_DEPTH - 1)}}`)).not.toBeNull();
    expect(parse(`{"a":${nested(MAX_DEPTH)}}`)).toBeNull();
    expect(
      parse(`["${'[{'.repeat(99)}","\\"${'['.repeat(99)}\\\\",${nested(MAX_DEPTH - 1)}]`),
    ).not.toBeNull();
    expect(parse(`[${Array(99).fill('[]').join()}]`)).not.toBeNull();
    expect(parse(']'.repeat(9) + '['.repeat(9))).toBeNull();
  });

  it('leaves prototypes alone', () => {
    const { value } = parse('{"__proto__":{"x":1},"constructor":2}')!;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
  });

  it.each([
    '{"id":1,"id":1}',
    '{"id":1,"a":{},"id":2}',
    '{"id":[{"a":[1,2]}],"\\u0069d":2}',
    '{ "id" : 1 , "i\\u0064" : 2 }',
    '{"a":"\\"","id":1,"b":"\\\\","id":1}',
  ])('refuses a unique name given twice: %s', (text) => {
    expect(parse(text, ['other', 'id'])).toBeNull();
    expect(parse(text, ['other'])).not.toBeNull();
  });

  it.each([
    '{"id":1}',
    '{"id":"id","a":"id","b":"\\"id\\":1,"}',
    '{"id":{"id":1},"a":[{"id":1},{"id":1}]}',
    '{"a":["id","id","id"],"id":1}',
    '["id","id","id"]',
    '"id"',
    'null',
    '{"ID":1,"id":1,"id ":1}',
  ])('takes a unique name for given once: %s', (text) => {
    expect(parse(text, ['id'])).not.toBeNull();
  });
});

describe('strict JSON and JSON.parse', () => {
  const next = random(20_261_101);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;

  it('agree about junk', () => {
    const pieces = [...'{}[],:"\\1-.e \nü\u2028', '"a"', '"id"', 'null'];
    const texts = Array.from({ length: 20_000 }, () =>
      Array.from({ length: 1 + Math.floor(next() * 7) }, () => pick(pieces)).join(''),
    );
    expect(texts.filter(disagree)).toEqual([]);
    expect(texts.filter(oracle).length).toBeGreaterThan(500);
  });

  it('agree about documents, whole and with one character changed', () => {
    const document = (depth: number): string => {
      const parts = Array.from({ length: Math.floor(next() * 4) }, () =>
        depth > 0 ? document(depth - 1) : '0',
      );
      const texts = ['"\\""', '"[{"', '"\\\\"', '"\\u005b"', '"😀"'];
      return pick([
        () => `[${parts.join(',')}]`,
        () => `{${parts.map((part, i) => `"k${i}\\"{":${part}`).join(' , ')}}`,
        () => pick(texts),
        () => pick(['1', '-0', '1e400', 'true', 'null']),
      ])();
    };
    const documents = Array.from({ length: 3000 }, () => document(5));
    const changed = documents.map((text) => {
      const at = Math.floor(next() * text.length);
      return (text.slice(0, at) + pick([...'{}[]",:\\ 1']) + text.slice(at + 1)).toWellFormed();
    });
    expect(documents.filter(disagree)).toEqual([]);
    expect(changed.filter(disagree)).toEqual([]);
    expect(changed.filter(oracle).length).toBeGreaterThan(100);
  });

  it('agree about how often a name stands in an object', () => {
    const names = ['"id"', '"\\u0069d"', '"a"', '"i\\"d"', '"ID"'];
    const values = ['1', '"id"', '{"id":1,"id":2}', '["id",{"id":1}]', '"\\",\\"id\\":1"', '{}'];
    const wrong: string[] = [];
    for (let round = 0; round < 3000; round += 1) {
      const fields = Array.from({ length: Math.floor(next() * 5) }, () => [pick(names), pick(values)]);
      const text = `{${fields.map((field) => field.join(':')).join(',')}}`;
      const count = fields.filter(([name]) => JSON.parse(name!) === 'id').length;
      if ((parse(text, ['id']) !== null) !== count < 2) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });
});

function disagree(text: string): boolean {
  return !isDeepStrictEqual(parse(text), oracle(text));
}

function oracle(text: string): { text: string; value: unknown } | null {
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch {
    // Not JSON.
    return null;
  }
}

/** The same numbers at each run (mulberry32), so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
