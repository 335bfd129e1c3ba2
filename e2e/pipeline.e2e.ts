/** From a signed webhook to the phone and back to the operator, through public doors only. */
import { expect, test } from '@playwright/test';
import { startStack, type Stack } from './stack/stack.ts';
import { until } from './stack/processes.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';
import { sign, signedRequest } from './support/sign.ts';

let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  stack = await startStack({ env: { RATE_LIMIT: '0' } });
  sender = new Sender(stack);
  operator = new Operator(stack);
});

test.afterAll(() => stack.stop());

const now = () => Math.floor(Date.now() / 1000);

test('an accepted webhook reaches the simulator and is shown as sent within a second', async () => {
  const started = performance.now();
  const answer = await sender.order({ event_id: 'evt-sent', order_id: '1001', user_id: 'alice' });
  expect(answer).toMatchObject({ status: 202, body: { status: 'queued', event_id: 'evt-sent' } });
  await until(async () => (await operator.event('evt-sent'))?.status === 'sent', { everyMs: 10 });
  expect(performance.now() - started).toBeLessThan(1000);

  const [message, ...more] = await stack.simulator.messages('evt-sent');
  expect(more).toEqual([]);
  expect(message).toMatchObject({
    target: '/topics/orders',
    notification: { title: 'New Order', body: 'Order 1001 placed by alice' },
    answer: 'OK',
  });
});

test('the notification goes to the user’s registered device, and not to the topic', async () => {
  await operator.register('carol', 'phone-of-carol');
  await sender.order({ event_id: 'evt-device', user_id: 'carol' });
  await until(async () => (await operator.event('evt-device'))?.status === 'sent');
  const targets = (await stack.simulator.messages('evt-device')).map(({ target }) => target);
  expect(targets).toEqual(['phone-of-carol']);
  const screen = (await stack.simulator.inbox()).items.find(({ token }) => token === 'phone-of-carol');
  expect(screen).toMatchObject({ rings: 1, notifications: [{ event_id: 'evt-device' }] });
});

test('the same webhook again is a duplicate and sends nothing', async () => {
  await sender.order({ event_id: 'evt-twice' });
  await until(async () => (await operator.event('evt-twice'))?.status === 'sent');
  const again = await sender.order({ event_id: 'evt-twice' });
  expect(again).toMatchObject({ status: 200, body: { status: 'duplicate', event_id: 'evt-twice' } });
  expect(again.body).not.toHaveProperty('conflict');
  const other = await sender.order({ event_id: 'evt-twice', order_id: '2002' });
  expect(other).toMatchObject({ status: 200, body: { status: 'duplicate', conflict: true } });
  expect(await stack.simulator.messages('evt-twice')).toHaveLength(1);
});

test('one changed byte, or a timestamp 301 s off in either direction, is refused', async () => {
  const { webhookSecret } = stack;
  const order = { event_id: 'evt-refused', order_id: '1', user_id: 'alice' };
  const request = signedRequest(order, webhookSecret);
  const altered = await sender.request({ ...request, body: request.body.replace('alice', 'alicf') });
  expect(altered).toMatchObject({ status: 401, body: { code: 'invalid_signature' } });
  const old = await sender.request(signedRequest(order, webhookSecret, { timestamp: now() - 301 }));
  expect(old).toMatchObject({ status: 400, body: { code: 'request_too_old', error: 'Request too old' } });
  const future = await sender.request(signedRequest(order, webhookSecret, { timestamp: now() + 302 }));
  expect(future).toMatchObject({ status: 400, body: { code: 'request_in_future' } });
  expect(await operator.event('evt-refused')).toBeNull();
});

test('a signature over the parsed and re-serialised body is refused', async () => {
  const body = '{ "event_id": "evt-spaces", "order_id": "1", "user_id": "alice" }';
  const genuine = signedRequest(body, stack.webhookSecret);
  const reserialised = sign(JSON.stringify(JSON.parse(body)), stack.webhookSecret);
  const forged = { ...genuine, headers: { ...genuine.headers, 'x-signature': reserialised } };
  expect((await sender.request(forged)).status).toBe(401);
  expect((await sender.request(genuine)).status).toBe(202);
});

test('of 100 identical requests at once exactly one is an event and 99 are duplicates', async () => {
  const before = await operator.totals();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => sender.order({ event_id: 'evt-race' })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array<number>(99).fill(200), 202]);
  await until(async () => (await operator.event('evt-race'))?.status === 'sent');
  expect(await stack.simulator.messages('evt-race')).toHaveLength(1);
  const after = await operator.totals();
  expect(after.received - before.received).toBe(100);
  expect(after.deduped - before.deduped).toBe(99);
});

test('a token that fails: tries at 0, 1, 5 and 15 s, then failed; replayed when it works: sent, with its history', async () => {
  await operator.register('dave', 'dead-line');
  await stack.simulator.steer('dead-line', 'unavailable');
  await sender.order({ event_id: 'evt-retried', user_id: 'dave' });
  await until(async () => (await operator.event('evt-retried'))?.status === 'failed', { timeoutMs: 25_000 });

  const tries = await operator.attempts('evt-retried');
  expect(tries.map(({ code, counted }) => [code, counted])).toEqual(Array(4).fill(['UNAVAILABLE', true]));
  const first = Date.parse(tries[0]!.started_at);
  const seconds = tries.map(({ started_at }) => (Date.parse(started_at) - first) / 1000);
  [0, 1, 5, 15].forEach((expected, index) => {
    expect(seconds[index]).toBeGreaterThanOrEqual(expected);
    expect(seconds[index]).toBeLessThan(expected + 1);
  });
  const dead = await operator.list('status=failed');
  expect(dead.items.map(({ event_id }) => event_id)).toContain('evt-retried');
  expect((await operator.queue()).failed).toBe(1);

  expect(await operator.replay('evt-nobody')).toBe(404);
  await stack.simulator.steer('dead-line', 'ok');
  expect(await operator.replay('evt-retried')).toBe(202);
  await until(async () => (await operator.event('evt-retried'))?.status === 'sent');
  const event = await operator.event('evt-retried');
  expect(event).toMatchObject({ attempts: 5, last_error: null });
  expect(event!.history.map(({ kind }) => kind)).toEqual([
    'attempt',
    'replayed',
    'dead_lettered',
    'attempt',
    ...['retry_scheduled', 'attempt', 'retry_scheduled', 'attempt', 'retry_scheduled', 'attempt', 'received'],
  ]);
});

test('a permanent failure is dead-lettered at once, a quota waits for its Retry-After and costs no retry', async () => {
  await operator.register('erin', 'unregistered-phone');
  await operator.register('frank', 'quota-2-1x-phone');
  await sender.order({ event_id: 'evt-gone', user_id: 'erin' });
  await sender.order({ event_id: 'evt-quota', user_id: 'frank' });
  await until(async () => (await operator.event('evt-gone'))?.status === 'failed');
  expect((await operator.event('evt-gone'))?.last_error?.code).toBe('UNREGISTERED');
  await until(async () => (await operator.event('evt-quota'))?.status === 'sent');
  const [refused, accepted] = await operator.attempts('evt-quota');
  expect(refused).toMatchObject({ code: 'QUOTA_EXCEEDED', counted: false });
  const waitedMs = Date.parse(accepted!.started_at) - Date.parse(refused!.started_at);
  expect(waitedMs).toBeGreaterThanOrEqual(2000);
});
