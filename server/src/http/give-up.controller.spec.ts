import { connect } from 'node:net';
import { useApi } from '../../test/api';
import { exchangeRaw, expectProblem, readAnswer } from '../../test/http';
import { head, order, signed, stored } from '../../test/webhooks';

const api = useApi();

const NO_HTTP = { error: 'The request is not valid HTTP' };

/** A whole webhook as it goes over the wire. */
function webhook(event_id: string, headers = {}): string {
  const body = JSON.stringify(order({ event_id }));
  return `${head({ ...signed(body), 'content-length': body.length, ...headers })}\r\n${body}`;
}

describe('what comes on a connection before something that is no HTTP', () => {
  it('a webhook is answered first: 202 is not mistaken for a 400', async () => {
    const answers = await exchangeRaw(api, `${webhook('first')}hello, herald\r\n\r\n`);
    expect(answers).toHaveLength(2);
    expect(answers[0]).toMatchObject({ status: 202, body: { event_id: 'first' } });
    expectProblem(answers[1]!, 'invalid_query', NO_HTTP);
    expect(await stored(api, 'first')).toMatchObject({ status: 'queued' });
  });

  it('all webhooks are answered, in their order', async () => {
    const ids = Array.from({ length: 10 }, (_, i) => `many-${i}`);
    const answers = await exchangeRaw(api, `${ids.map((id) => webhook(id)).join('')}\0\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([...ids.map(() => 202), 400]);
    expect(answers.slice(0, -1).map(({ body }) => (body as { event_id: string }).event_id)).toEqual(ids);
  });

  it('a webhook is answered before another whose chunks are none', async () => {
    const chunked = `${head({ ...signed(''), 'transfer-encoding': 'chunked' })}\r\nxyz\r\n`;
    const answers = await exchangeRaw(api, webhook('before') + chunked);
    expect(answers.map(({ status }) => status)).toEqual([202, 400]);
    expectProblem(answers[1]!, 'invalid_query', NO_HTTP);
  });

  it('a request has one answer, also when it was refused before its chunks turned out to be none', async () => {
    const refused = head({ 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' });
    const socket = connect(api.port, '127.0.0.1');
    socket.write(`${refused}\r\n`);
    expectProblem(await readAnswer(socket), 'unsupported_encoding');
    socket.write('xyz\r\n');
    const more: unknown[] = [];
    for await (const part of socket) more.push(part);
    expect(more).toEqual([]);
  });

  it('a request has one answer, also when it was refused while the one before it was still waited for', async () => {
    const refused = `${head({ 'transfer-encoding': 'identity' }, '/api/webhook/order.paid')}\r\n{}`;
    const answers = await exchangeRaw(api, webhook('waited-for') + refused);
    expect(answers.map(({ status }) => status)).toEqual([202, expect.any(Number)]);
  });

  it('a webhook is answered before a tunnel is refused', async () => {
    const answers = await exchangeRaw(api, `${webhook('tunnel')}CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([202, 404]);
    expectProblem(answers[1]!, 'not_found');
  });

  it.each([
    ['nothing', ''],
    ['no HTTP', 'hello, herald\r\n\r\n'],
    ['half a head', 'POST /api/webhook/order.created HTTP/1.1\r\nhost'],
    ['half a body', `${head({ 'content-length': 9 })}\r\n{`],
  ])('a webhook is answered when its sender then says that this was all: %s', async (what, more) => {
    const event_id = what.replaceAll(' ', '-');
    const [answer] = await exchangeRaw(api, webhook(event_id) + more, { end: true });
    expect(answer).toMatchObject({ status: 202, body: { event_id } });
  });

  it('what asked to be the last request is', async () => {
    const last = webhook('last', { connection: 'close' });
    const answers = await exchangeRaw(api, `${last}hello, herald\r\n\r\n`);
    expect(answers.map(({ status }) => status)).toEqual([202]);
  });
});
