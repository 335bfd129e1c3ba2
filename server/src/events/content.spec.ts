import { packContent, sumOf, unpackContent } from './content';

const HEADERS = JSON.stringify({ host: 'localhost:3000', 'user-agent': 'curl/7.88.1', accept: '*/*' });

describe('the content of a settled event', () => {
  it.each([
    ['an order', '{"event_id":"evt_1","order_id":"1001","user_id":"alice"}'],
    ['text of any kind', '{"event_id":"evt_1","note":"ключ 🔑 \\u0000 \\n","__proto__":1}'],
    ['a body over several lines', '{\n  "event_id": "evt_1"\n}\n'],
    ['no order at all', ''],
    ['a large body', JSON.stringify({ event_id: 'evt_1', items: Array.from({ length: 9000 }, (_, i) => i) })],
  ])('is what it was: %s', async (_, payload) => {
    const { content, sum } = await packContent({ payload, headers: HEADERS });
    expect(await unpackContent(content)).toEqual({ payload, headers: HEADERS });
    expect(sum).toBe(sumOf(payload));
  });

  it('takes less than half of what an ordinary webhook is', async () => {
    const payload = '{"event_id":"evt_8f14e45f","order_id":"1001","user_id":"alice","total":"129.90"}';
    const { content } = await packContent({ payload, headers: HEADERS });
    expect(content.length).toBeLessThan((payload.length + HEADERS.length) / 2);
  });

  it('reads what this version of the store wrote', async () => {
    const content = Buffer.from(STORED, 'base64');
    expect(await unpackContent(content)).toEqual({
      payload: '{"event_id":"evt_1","order_id":"1001","user_id":"alice"}',
      headers: HEADERS,
    });
  });
});

/** Changes with the dictionary, and then STORE_VERSION must go up. */
const STORED = 'o9yjtVwYVhsSsDsxBxSltQA=';

it('the sum of a body is what event.lua makes of it', () => {
  expect(sumOf('{}')).toBe('bf21a9e8fbc5a384');
});
