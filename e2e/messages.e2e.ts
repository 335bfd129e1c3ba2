/** Event types that nobody wrote code for, from their definition to the phone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';

const FILE = `
cart.left:
  title: Your cart
  body: 'You left {{ items | size }} things behind'
  target: { topic: 'carts' }
`;

const SHIPPED = {
  title: 'On its way',
  body: 'Order {{ order_id }} with {{ carrier | default: "our van" }} 🚚',
  locales: { de: { title: 'Unterwegs', body: 'Bestellung {{ order_id }} 🚚' }, ar: { title: 'في الطريق' } },
  locale: '{{ language }}',
  data: { order_id: '{{ order_id }}' },
  payload: { required: ['order_id', 'user_id', 'language'] },
};

let dir: string;
let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'herald-messages-'));
  const file = join(dir, 'messages.yaml');
  await writeFile(file, FILE);
  stack = await startStack({ apis: 2, workers: 2, env: { RATE_LIMIT: '0', MESSAGES_FILE: file } });
  sender = new Sender(stack);
  operator = new Operator(stack);
  for (const language of ['en', 'de', 'ar']) await operator.register(`user-${language}`, `phone-${language}`);
});

test.afterAll(async () => {
  await stack.stop();
  await rm(dir, { recursive: true, force: true });
});

const messageOf = async (eventId: string) => (await stack.simulator.messages(eventId))[0];
const order = (event_id: string, language: string) => ({
  event_id,
  language,
  order_id: 'A-1',
  user_id: `user-${language}`,
});

test('a new type defined through the admin API is delivered within a second, in two locales', async () => {
  expect((await sender.event('order.shipped', order('evt-early', 'de'))).body).toMatchObject({
    code: 'unknown_event_type',
  });
  const started = performance.now();
  expect(await operator.define('order.shipped', SHIPPED)).toMatchObject({ status: 200 });
  for (const language of ['de', 'ar', 'en'])
    expect((await sender.event('order.shipped', order(`evt-${language}`, language))).status).toBe(202);
  await until(async () => (await messageOf('evt-de')) && (await messageOf('evt-ar')), { everyMs: 10 });
  expect(performance.now() - started).toBeLessThan(1000);

  expect(await messageOf('evt-de')).toMatchObject({
    target: 'phone-de',
    notification: { title: 'Unterwegs', body: 'Bestellung A-1 🚚' },
    data: { event_id: 'evt-de', type: 'order.shipped', order_id: 'A-1' },
  });
  expect(await messageOf('evt-ar')).toMatchObject({
    target: 'phone-ar',
    notification: { title: 'في الطريق', body: 'Order A-1 with our van 🚚' },
  });
  await until(async () => messageOf('evt-en'));
  expect(await messageOf('evt-en')).toMatchObject({ notification: { title: 'On its way' } });
});

test('every api knows a new type within a second, whichever it was told to', async () => {
  expect(await operator.define('order.packed', SHIPPED)).toMatchObject({ status: 200 });
  const defined = performance.now();
  const other = new Sender({ ...stack, apiUrl: stack.apis[1]!.url });
  let number = 0;
  await until(
    async () => (await other.event('order.packed', order(`evt-packed-${++number}`, 'en'))).status === 202,
    { everyMs: 20 },
  );
  expect(performance.now() - defined).toBeLessThan(1000);
});

test('a definition in the file is in force from the start, and one that is stored goes over it', async () => {
  await sender.event('cart.left', { event_id: 'evt-cart', items: [1, 2] });
  await until(async () => messageOf('evt-cart'));
  expect(await messageOf('evt-cart')).toMatchObject({
    target: '/topics/carts',
    notification: { body: 'You left 2 things behind' },
  });
  await operator.define('cart.left', { title: 'Cart', body: 'Come back', target: { topic: 'carts' } });
  let number = 0;
  // Each worker looks for itself.
  await until(async () => {
    const id = `evt-cart-${++number}`;
    await sender.event('cart.left', { event_id: id, items: [] });
    await until(async () => messageOf(id));
    return (await messageOf(id))?.notification?.body === 'Come back';
  });
});

test('a bad template is refused with its field and line', async () => {
  const body = 'Order {{ order_id }}\nwith {{ carrier | shout }}';
  expect(await operator.define('order.bad', { ...SHIPPED, body })).toMatchObject({
    status: 400,
    body: {
      code: 'invalid_payload',
      details: [{ field: 'body', message: 'line 2, column 6: undefined filter: shout' }],
    },
  });
  expect((await sender.event('order.bad', order('evt-bad', 'en'))).status).toBe(404);
});

test('what cannot be composed is dead-lettered with the reason and the field, and sent when it was mended', async () => {
  await operator.define('order.lost', { title: 'A', body: '{{ wherabouts }}', target: { topic: 'lost' } });
  await sender.event('order.lost', { event_id: 'evt-lost', whereabouts: 'Rome' });
  await until(async () => (await operator.event('evt-lost'))?.status === 'failed');
  expect((await operator.event('evt-lost'))?.last_error).toEqual({
    code: 'message',
    message: 'body: line 1, column 4: undefined variable: wherabouts',
  });
  await operator.define('order.lost', { title: 'A', body: '{{ whereabouts }}', target: { topic: 'lost' } });
  await until(async () => {
    if ((await operator.event('evt-lost'))?.status === 'failed') await operator.replay('evt-lost');
    return (await operator.event('evt-lost'))?.status === 'sent';
  });
  expect(await messageOf('evt-lost')).toMatchObject({ notification: { body: 'Rome' } });
});
