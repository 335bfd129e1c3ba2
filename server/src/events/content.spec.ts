import { packContent, sumOf, unpackContent } from './content';

const HEADERS = JSON.stringify({ host: 'localhost:3000', 'user-agent': 'curl/7.88.1', accept: '*/*' });

/** Change with the dictionary and the phrases, and then STORE_VERSION must go up. */
const STORED = 'o9yjtVwYVhsSsDsxBxSltQA=';
const STORED_IN_SHORTHAND =
  '\u0006\u0001localhost:3000\u0003curl/7.88.1\u0004"}\n\u0011evt_1\u00121001\u0013alice"}';

const NOTE = Array.from({ length: 60 }, (_, at) => Math.sin(at).toString(36)).join();

describe('the content of a settled event', () => {
  it.each([
    ['an order', '{"event_id":"evt_1","order_id":"1001","user_id":"alice"}'],
    ['text of any kind', '{"event_id":"evt_1","note":"ключ 🔑 \\u0000 \\n","__proto__":1}'],
    ['a body over several lines', '{\n  "event_id": "evt_1"\n}\n'],
    ['no order at all', ''],
    ['a short body that is no JSON and has signs of shorthand', '\u0001 and \u0006'],
    ['a body too long for shorthand', JSON.stringify({ event_id: 'evt_1', note: NOTE })],
    ['a large body', JSON.stringify({ event_id: 'evt_1', items: Array.from({ length: 9000 }, (_, i) => i) })],
  ])('is what it was: %s', async (_, payload) => {
    const { content, sum } = await packContent({ payload, headers: HEADERS });
    expect(await unpackContent(Buffer.from(content))).toEqual({ payload, headers: HEADERS });
    expect(sum).toBe(sumOf(payload));
  });

  it('takes less than half of what an ordinary webhook is', async () => {
    const payload = '{"event_id":"evt_8f14e45f","order_id":"1001","user_id":"alice","total":"129.90"}';
    const { content } = await packContent({ payload, headers: HEADERS });
    expect(Buffer.byteLength(content)).toBeLessThan((payload.length + HEADERS.length) / 2);
  });

  it('is in shorthand when that is short, else compressed', async () => {
    const short = await packContent({ payload: '{"event_id":"evt_1","user_id":"alice"}', headers: HEADERS });
    expect(short.content).toBe(
      '\u0006\u0001localhost:3000\u0003curl/7.88.1\u0004"}\n\u0011evt_1\u0013alice"}',
    );
    const long = await packContent({
      payload: JSON.stringify({ event_id: 'evt_1', note: NOTE }),
      headers: HEADERS,
    });
    expect(long.content).toBeInstanceOf(Buffer);
    const wide = await packContent({ payload: JSON.stringify({ note: '時'.repeat(100) }), headers: HEADERS });
    expect(wide.content).toBeInstanceOf(Buffer);
  });

  it.each([
    ['compressed', Buffer.from(STORED, 'base64')],
    ['in shorthand', Buffer.from(STORED_IN_SHORTHAND)],
  ])('reads what this version of the store wrote %s', async (_, content) => {
    expect(await unpackContent(content)).toEqual({
      payload: '{"event_id":"evt_1","order_id":"1001","user_id":"alice"}',
      headers: HEADERS,
    });
  });
});

it('the sum of a body is what event.lua makes of it', () => {
  expect(sumOf('{}')).toBe('bf21a9e8fbc5a384');
});
