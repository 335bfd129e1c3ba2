import { SECRET, useApi } from '../../test/api';
import { send } from '../../test/http';
import { hmac, order, ORDER_CREATED, post, signed, stored } from '../../test/webhooks';
import { Messages } from '../messages/messages';
import { Queue } from '../queue/queue';
import type { GenuineRequest } from './genuine.guard';
import { WebhookController } from './webhook.controller';

const OLD_SECRET = 'the-secret-before-the-rotation';

const api = useApi({ WEBHOOK_SECRET: `${SECRET}, ${OLD_SECRET}` });

describe('a genuine webhook', () => {
  it('is answered 202 once it stands in Redis, with its exact text', async () => {
    const body =
      '{ "event_id": "first",\r\n "order_id":"o-1", "user_id":"u-1", "total": 1e400, "π": "\\u0000" }';
    const answer = await post(api, body);
    expect(answer).toMatchObject({ status: 202, text: '{"status":"queued","event_id":"first"}' });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(await stored(api, 'first')).toMatchObject({
      ...{ type: 'order.created', status: 'queued', user: 'u-1', order: 'o-1', payload: body },
    });
  });

  it('is a duplicate when it comes again, and changes nothing', async () => {
    const body = order({ event_id: 'again' });
    await post(api, body);
    const before = await stored(api, 'again');
    const answer = await post(api, body);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 'duplicate',
      message: 'Duplicate event ignored',
      event_id: 'again',
    });
    expect(await stored(api, 'again')).toEqual(before);
  });

  it('is a conflict when its id was seen with another body, of which nothing is kept', async () => {
    const first = order({ event_id: 'twice' });
    await post(api, first);
    const answer = await post(api, { ...first, user_id: 'u-2' });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 'duplicate',
      message: 'Duplicate event ignored',
      event_id: 'twice',
      conflict: true,
    });
    expect(await stored(api, 'twice')).toMatchObject({ payload: JSON.stringify(first), user: 'u-1' });
  });

  it('is taken under every secret of a rotation, and under no other', async () => {
    for (const [secret, status] of [
      [SECRET, 202],
      [OLD_SECRET, 202],
      [`${SECRET}, ${OLD_SECRET}`, 401],
      ['another-secret-altogether', 401],
    ] as const) {
      const body = JSON.stringify(order());
      expect([secret, (await post(api, body, signed(body, secret))).status]).toEqual([secret, status]);
    }
  });

  it('may put sha256= before its signature', async () => {
    const body = JSON.stringify(order());
    expect((await post(api, body, { 'x-signature': `sha256=${hmac(body)}` })).status).toBe(202);
  });

  it.each([
    'text/plain',
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'garbage',
    ';',
    '',
    undefined,
  ])('is taken with the content type %p, which nobody looks at', async (type) => {
    expect((await post(api, order(), { 'content-type': type })).status).toBe(202);
  });

  it.each(['identity', 'Identity', ' identity ', ''])('may say content-encoding: %p', async (encoding) => {
    expect((await post(api, order(), { 'content-encoding': encoding })).status).toBe(202);
  });

  it('may come in chunks, even if they split a character', async () => {
    const body = Buffer.from(JSON.stringify(order({ note: 'Grüße, 注文' })));
    const at = body.indexOf('ü') + 1;
    const parts = [body.subarray(0, at), body.subarray(at)];
    const answer = await send(api, ORDER_CREATED, { method: 'POST', headers: signed(body), body: parts });
    expect(answer.status).toBe(202);
  });

  it('may be sent to its address in percent signs', async () => {
    expect((await post(api, order(), {}, '/api/webhook/order%2Ecreated')).status).toBe(202);
  });

  it('is kept with its headers, but for those that prove who sent it', async () => {
    await post(api, order({ event_id: 'headers' }), {
      ...{ 'content-type': 'text/odd', authorization: 'Basic eHg=', 'x-a': ['b', 'c'] },
    });
    expect(JSON.parse((await stored(api, 'headers')).headers!)).toMatchObject({
      ...{ 'content-type': 'text/odd', 'x-a': 'b, c' },
      ...{ authorization: '[redacted]', 'x-signature': '[redacted]' },
    });
  });
});

describe('a webhook that could not be queued', () => {
  it('is to be sent again, whatever the reason was', async () => {
    // A queue without a connection stands for any mistake of ours.
    const controller = new WebhookController(new Queue(undefined as never, api.keyspace));
    const { message } = api.app.get(Messages).find('order.created')!;
    const genuineBody = Buffer.from(JSON.stringify(order()));
    const request = { genuineBody, message, raw: { headersDistinct: {} } };
    const answer = controller.take('order.created', request as GenuineRequest, undefined as never);
    await expect(answer).rejects.toMatchObject({ code: 'queue_unavailable', extra: { retryAfterS: 5 } });
  });
});

describe('a hundred identical webhooks at once', () => {
  it('are one event and 99 duplicates', async () => {
    const body = order();
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(api, body)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(99).fill(200), 202]);
    expect(answers.filter(({ text }) => text.includes('conflict'))).toEqual([]);
  });
});
