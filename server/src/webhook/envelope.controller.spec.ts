import { useApi } from '../../test/api';
import { expectProblem } from '../../test/http';
import { order, post, stored } from '../../test/webhooks';
import { MAX_DEPTH } from '../http/strict-json';

const api = useApi();

/** An order as JSON text, with more text before its last brace. */
const orderText = (more: string, fields = {}) => `${JSON.stringify(order(fields)).slice(0, -1)}${more}}`;
/** `levels` arrays within each other. */
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('the JSON of a webhook', () => {
  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['white space', ' \r\n'],
    ['cut short', orderText('').slice(0, -1)],
    ['two documents', orderText('') + orderText('')],
    ['in single quotes', orderText('').replaceAll('"', "'")],
    ['with a trailing comma', orderText(',')],
    ['with a comment', orderText('/* */')],
    ['with NaN', orderText(',"x":NaN')],
    ['with a raw NUL in a text', orderText(',"x":"\0"')],
    ['with a raw line break in a text', orderText(',"x":"\n"')],
    ['with a BOM', `\ufeff${orderText('')}`],
    ['in Latin-1', Buffer.from(orderText(',"x":"ü"'), 'latin1')],
    ['in UTF-16', Buffer.from(orderText(''), 'utf16le')],
    ['with half a character', Buffer.from(orderText(',"x":"ü"')).subarray(0, -3)],
    [
      'with an overlong encoding',
      Buffer.concat([Buffer.from('{"x":"'), Buffer.of(0xc0, 0xaf), Buffer.from('"}')]),
    ],
    [
      'with a surrogate as three bytes',
      Buffer.concat([Buffer.from('{"x":"'), Buffer.of(0xed, 0xa0, 0x80), Buffer.from('"}')]),
    ],
    ['with two event ids', orderText(',"event_id":"other"')],
    ['with two event ids that are the same', orderText(',"event_id":"same"', { event_id: 'same' })],
    ['with a second event id written with escapes', orderText(',"\\u0065vent\\u005Fid":"other"')],
    ['33 levels deep', orderText(`,"x":${nested(MAX_DEPTH)}`)],
    ['a hundred thousand levels deep', orderText(`,"x":${nested(100_000)}`)],
    ['a hundred thousand brackets', '['.repeat(100_000)],
  ])('is invalid when it is %s', async (_what, body) => {
    expectProblem(await post(api, body), 'invalid_json');
  });

  it.each([
    ['is 32 levels deep', `,"x":${nested(MAX_DEPTH - 1)}`],
    ['has brackets in its texts', `,"x":"${'[{'.repeat(50)}\\"${'['.repeat(50)}"`],
    ['has an event id deeper down', ',"x":{"event_id":"other"},"y":[{"event_id":1},"event_id","event_id"]'],
    ['has an event id as a text', ',"x":"event_id","y":"event_id"'],
    ['has other fields twice', ',"x":1,"x":2'],
    ['has an odd prototype', ',"__proto__":{"event_id":7,"user_id":null}'],
    ['has an odd constructor', ',"constructor":{"prototype":{"x":1}}'],
    ['has odd names deeper down', ',"x":{"__proto__":null,"constructor":"odd","then":1,"toString":0}'],
    ['has numbers beyond all bounds', ',"x":1e400,"y":9007199254740993,"z":-0'],
    ['has half a surrogate pair in an escape', ',"x":"\\ud800"'],
    ['has NULs in escapes', ',"x":"\\u0000"'],
    ['has an empty name', ',"":1'],
  ])('is kept to the letter when it %s', async (_what, more) => {
    const event_id = `kept-${_what.replaceAll(' ', '-')}`;
    const body = orderText(more, { event_id });
    expect((await post(api, body)).status).toBe(202);
    expect((await stored(api, event_id)).payload).toBe(body);
  });

  it('may have a hundred thousand fields and is still answered at once', async () => {
    const fields = Array.from({ length: 100_000 }, (_, i) => `,"${i.toString(36)}":1`);
    const start = performance.now();
    expect((await post(api, orderText(fields.join('')))).status).toBe(202);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('the payload of a webhook', () => {
  it.each(['[]', '["event_id","event_id","event_id"]', '"event_id"', '7', 'null', 'true'])(
    'is invalid when it is %s, which is no object',
    async (body) => {
      expectProblem(await post(api, body), 'invalid_payload', {
        details: [{ field: '', message: 'must be a JSON object' }],
      });
    },
  );

  it('is told every field that is wrong', async () => {
    expectProblem(await post(api, '{}'), 'invalid_payload', {
      details: [
        { field: 'order_id', message: 'must be a string' },
        { field: 'user_id', message: 'must be a string' },
        { field: 'event_id', message: 'must be a string' },
      ],
    });
  });

  it.each(['a', 'A.b_c:d-9', 'x'.repeat(128), '__proto__', 'constructor', '..', '0'])(
    'may have the event id %p',
    async (event_id) => {
      const answer = await post(api, order({ event_id }));
      expect(answer).toMatchObject({ status: 202, body: { status: 'queued', event_id } });
      expect(await stored(api, event_id)).toMatchObject({ status: 'queued' });
    },
  );

  it.each(['', 'x'.repeat(129), 'a b', 'a/b', 'a\n', '*', '{}', 'ä', 'a\u0301', 'a\0', '\ud800', 'a%20b'])(
    'cannot have the event id %p',
    async (event_id) => {
      expectProblem(await post(api, order({ event_id })), 'invalid_payload', {
        details: [{ field: 'event_id', message: 'must be 1 to 128 of A-Z a-z 0-9 . _ : -' }],
      });
    },
  );

  const FIELDS = ['event_id', 'order_id', 'user_id'];
  const NO_TEXTS: unknown[] = [
    undefined,
    null,
    7,
    true,
    ['a'],
    [],
    {},
    { constructor: 'odd' },
    [{ constructor: 'odd' }],
  ];
  it.each(FIELDS.flatMap((field) => NO_TEXTS.map((value) => [field, value] as const)))(
    'cannot have the %s %j',
    async (field, value) => {
      expectProblem(await post(api, order({ [field]: value })), 'invalid_payload', {
        details: [{ field, message: 'must be a string' }],
      });
    },
  );

  describe.each(['order_id', 'user_id'])('may have as %s', (field) => {
    it.each([
      'x',
      'x'.repeat(128),
      '😀'.repeat(128),
      ' ',
      'a\nb',
      'a\0b',
      '../..',
      '{}',
      '__proto__',
      'e\u0301',
      '☎\ufe0f'.repeat(64),
    ])('%p', async (value) => {
      expect((await post(api, order({ [field]: value }))).status).toBe(202);
    });
  });

  describe.each(['order_id', 'user_id'])('cannot have as %s', (field) => {
    it.each(['', 'x'.repeat(129), '😀'.repeat(129), '☎\ufe0f'.repeat(65), 'x'.repeat(10_000)])(
      '%.5p…',
      async (value) => {
        expectProblem(await post(api, order({ [field]: value })), 'invalid_payload', {
          details: [{ field, message: 'must have 1 to 128 characters' }],
        });
      },
    );

    it.each(['\ud800', 'a\udc00', '\udc00\ud800'])('half a surrogate pair, %j', async (value) => {
      expectProblem(await post(api, order({ [field]: value })), 'invalid_payload', {
        details: [{ field, message: 'must be well-formed Unicode text' }],
      });
    });
  });
});
