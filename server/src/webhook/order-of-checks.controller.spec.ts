import { useApi } from '../../test/api';
import { exchangeRaw, expectProblem, send, sendRaw } from '../../test/http';
import { head, order, ORDER_CREATED, post, signed } from '../../test/webhooks';

const MAX_BODY = 2000;

const api = useApi({ WEBHOOK_MAX_BODY: String(MAX_BODY) });

describe('the body of a webhook', () => {
  const tooLarge = { error: `The body is larger than ${MAX_BODY} bytes` };
  const padded = (length: number) => {
    const body = JSON.stringify(order({ pad: '' }));
    return body.replace('"pad":""', `"pad":"${'x'.repeat(length - body.length)}"`);
  };

  it('may have as many bytes as the limit', async () => {
    expect((await post(api, padded(MAX_BODY))).status).toBe(202);
  });

  it('is too large with one byte more, declared or in chunks', async () => {
    const body = padded(MAX_BODY + 1);
    expectProblem(await post(api, body), 'payload_too_large', tooLarge);
    const chunked = await post(api, body, { 'transfer-encoding': 'chunked' });
    expectProblem(chunked, 'payload_too_large', tooLarge);
    expect(chunked.headers.connection).toBe('close');
  });

  it('is too large as soon as it says so, before any of it has come', async () => {
    const answer = await sendRaw(api, `${head({ 'content-length': MAX_BODY + 1 })}\r\n`);
    expectProblem(answer, 'payload_too_large', tooLarge);
  });

  it('is too large as soon as too much of it has come, whether it ends or not', async () => {
    const chunk = `${(MAX_BODY + 1).toString(16)}\r\n${'x'.repeat(MAX_BODY + 1)}\r\n`;
    const answer = await sendRaw(api, `${head({ 'transfer-encoding': 'chunked' })}\r\n${chunk}`);
    expectProblem(answer, 'payload_too_large', tooLarge);
  });

  it('ends where its declared length ends; what comes after it is no HTTP', async () => {
    const body = JSON.stringify(order());
    const lying = { ...signed(body), 'content-length': body.length - 1 };
    const answers = await exchangeRaw(api, `${head(lying)}\r\n${body}`);
    expect(answers).toHaveLength(2);
    expectProblem(answers[0]!, 'invalid_signature');
    expectProblem(answers[1]!, 'invalid_query', { error: 'The request is not valid HTTP' });
  });

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'identity, gzip', 'gzip, identity', 'x'])(
    'is refused in the encoding %p, unread',
    async (encoding) => {
      const answer = await sendRaw(
        api,
        `${head({ 'content-encoding': encoding, 'content-length': 100 })}\r\n`,
      );
      expectProblem(answer, 'unsupported_encoding');
    },
  );

  it('is refused when an encoding is hidden behind another line', async () => {
    const answer = await post(api, order(), { 'content-encoding': ['identity', 'gzip'] });
    expectProblem(answer, 'unsupported_encoding');
  });

  it('with two lengths, or a length and chunks, is no HTTP', async () => {
    const two = head({ 'content-length': 3 }) + 'content-length: 4\r\n\r\nabcd';
    const both = head({ 'content-length': 3, 'transfer-encoding': 'chunked' }) + '\r\n0\r\n\r\n';
    for (const request of [two, both])
      expectProblem(await sendRaw(api, request), 'invalid_query', { error: 'The request is not valid HTTP' });
  });
});

describe('a webhook with several faults', () => {
  const UNSIGNED = { 'x-timestamp': undefined, 'x-signature': undefined };
  const OLD = { 'x-timestamp': '1790000000' };
  const HUGE = 'x'.repeat(MAX_BODY + 1);
  const UNKNOWN = '/api/webhook/order.paid';

  it.each([
    ['unknown and encoded', UNKNOWN, 'x', { 'content-encoding': 'gzip' }, 'unknown_event_type'],
    ['unknown and too large', UNKNOWN, HUGE, {}, 'unknown_event_type'],
    ['unknown and unsigned', UNKNOWN, 'x', UNSIGNED, 'unknown_event_type'],
    ['encoded and too large', ORDER_CREATED, HUGE, { 'content-encoding': 'gzip' }, 'unsupported_encoding'],
    [
      'encoded and unsigned',
      ORDER_CREATED,
      'x',
      { ...UNSIGNED, 'content-encoding': 'br' },
      'unsupported_encoding',
    ],
    ['too old and unsigned', ORDER_CREATED, '{}', { ...OLD, 'x-signature': undefined }, 'request_too_old'],
    ['without a timestamp and unsigned', ORDER_CREATED, '{}', UNSIGNED, 'missing_timestamp'],
    ['wrongly signed and no JSON', ORDER_CREATED, '{', { 'x-signature': 'x' }, 'invalid_signature'],
    ['no JSON and without fields', ORDER_CREATED, '{', {}, 'invalid_json'],
  ] as const)('is refused for the first: %s', async (_what, path, body, headers, code) => {
    expectProblem(await post(api, body, headers, path), code);
  });

  it('is refused for its size before its signature', async () => {
    const answer = await post(api, HUGE, { ...UNSIGNED, 'transfer-encoding': 'chunked' });
    expectProblem(answer, 'payload_too_large', { error: `The body is larger than ${MAX_BODY} bytes` });
  });
});

describe('the event type of a webhook', () => {
  it.each([
    'order.paid',
    'ORDER.CREATED',
    'order.created%20',
    '__proto__',
    'constructor',
    'toString',
    'x'.repeat(4000),
  ])('is unknown when it is %.20s', async (type) => {
    expectProblem(await post(api, order(), {}, `/api/webhook/${type}`), 'unknown_event_type');
  });

  it('cannot be left out, stand deeper, or be asked for in another way', async () => {
    for (const path of [
      '/api/webhook',
      '/api/webhook/',
      `${ORDER_CREATED}/`,
      `${ORDER_CREATED}/x`,
      '/api/webhook/%zz',
    ])
      expectProblem(await post(api, order(), {}, path), 'not_found');
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'])
      expectProblem(await send(api, ORDER_CREATED, { method }), 'not_found');
  });

  it('may be followed by a query, which nobody looks at', async () => {
    expect((await post(api, order(), {}, `${ORDER_CREATED}?event_type=x`)).status).toBe(202);
  });
});
