import { useApi } from '../../test/api';
import { expectProblem } from '../../test/http';
import { until } from '../../test/until';
import { post, stored } from '../../test/webhooks';
import { Messages } from '../messages/messages';

const api = useApi();
const define = (type: string, more = {}) =>
  api.app.get(Messages).define(type, { title: 'A', body: 'B', target: { topic: 'all' }, ...more });
const send = (type: string, body: object) => post(api, body, {}, `/api/webhook/${type}`);

describe('an event type that was defined', () => {
  it('is taken in with its user and order, whatever else it brings', async () => {
    await define('cart.left', { target: { user: '{{ customer.id }}' } });
    const payload = { event_id: 'cart-1', order_id: 'O-1', customer: { id: 'ada' }, more: [1] };
    expect(await send('cart.left', payload)).toMatchObject({ status: 202, body: { event_id: 'cart-1' } });
    expect(await stored(api, 'cart-1')).toMatchObject({ type: 'cart.left', user: 'ada', order: 'O-1' });
  });

  it('is told which fields are missing, nested ones too', async () => {
    await define('cart.paid', { payload: { required: ['a', 'b'], properties: { a: { required: ['c'] } } } });
    expectProblem(await send('cart.paid', { event_id: 'paid-1' }), 'invalid_payload', {
      details: [
        { field: 'a', message: 'is missing' },
        { field: 'b', message: 'is missing' },
      ],
    });
    expectProblem(await send('cart.paid', { event_id: 'paid-1', a: {}, b: 1 }), 'invalid_payload', {
      details: [{ field: 'a.c', message: 'is missing' }],
    });
    expect((await send('cart.paid', { event_id: 'paid-1', a: { c: 1 }, b: 1 })).status).toBe(202);
  });

  it('needs an event_id like any other', async () => {
    await define('cart.open');
    expectProblem(await send('cart.open', {}), 'invalid_payload', {
      details: [{ field: 'event_id', message: 'must be a string' }],
    });
  });
});

describe('an event type that nobody has defined', () => {
  it.each(['cart.lost', 'constructor', '__proto__', 'hasOwnProperty'])('%s is unknown', async (type) => {
    expectProblem(await send(type, { event_id: 'x' }), 'unknown_event_type');
  });

  it('is a 503 while Redis cannot be asked, because another api may know it', async () => {
    api.redis.disconnect();
    await until(() => !api.app.get(Messages).isCurrent);
    const answer = await send('cart.lost', { event_id: 'x' });
    expectProblem(answer, 'queue_unavailable');
    expect(answer.headers['retry-after']).toBe('5');
    await api.redis.connect();
    await until(() => api.app.get(Messages).isCurrent);
    expectProblem(await send('cart.lost', { event_id: 'x' }), 'unknown_event_type');
  });
});
