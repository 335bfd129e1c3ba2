/** What a sender or a definition can get wrong, and what only looks so: each a clear outcome, and nothing is lost. */
import { expect, test } from '@playwright/test';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Operator } from './support/operator.ts';
import { inParallel, Sender } from './support/sender.ts';

const DEVICES = 300;

let stack: Stack;
let sender: Sender;
let operator: Operator;

test.beforeAll(async () => {
  const env = {
    RATE_LIMIT: '0',
    RETRY_DELAYS_MS: '300,600,1200',
    WORKER_CONCURRENCY: '20',
    FCM_QUOTAS: 'off',
  };
  stack = await startStack({ env });
  sender = new Sender(stack);
  operator = new Operator(stack);
});

test.afterAll(() => stack.stop());

const ends = async (eventId: string, status: 'sent' | 'failed') => {
  await until(async () => (await operator.event(eventId))?.status === status, {
    giveUp: () => new Error(`${eventId} is not ${status}`),
  });
  return (await operator.event(eventId))!;
};
const messagesOf = (eventId: string) => stack.simulator.messages(eventId);
const notice = (body: string, more: object = {}) => ({
  title: 'Notice',
  body,
  target: { user: '{{ user }}' },
  ...more,
});

/** Replays what was dead-lettered until every worker knows the definition that mends it. */
async function mended(eventId: string): Promise<void> {
  await until(async () => {
    const status = (await operator.event(eventId))?.status;
    if (status === 'failed') await operator.replay(eventId);
    return status === 'sent';
  });
}

test('an unknown variable dead-letters with its field, line and name; mended and replayed it is sent', async () => {
  await operator.register('ada', 'phone-of-ada');
  await operator.define('notice.colour', notice('All is {{ colour }}'));
  expect(
    (await sender.event('notice.colour', { event_id: 'evt-colour', user: 'ada', hue: 'blue' })).status,
  ).toBe(202);
  expect((await ends('evt-colour', 'failed')).last_error).toEqual({
    code: 'message',
    message: 'body: line 1, column 11: undefined variable: colour',
  });
  expect(await messagesOf('evt-colour')).toEqual([]);
  await operator.define('notice.colour', notice('All is {{ hue }}'));
  await mended('evt-colour');
  expect(await messagesOf('evt-colour')).toMatchObject([{ notification: { body: 'All is blue' } }]);
});

test('a message of 5,000 bytes dead-letters with its size and the limit; shortened and replayed it is sent', async () => {
  await operator.register('bob', 'phone-of-bob');
  await operator.define('notice.long', notice('{{ text }}'));
  await sender.event('notice.long', { event_id: 'evt-long', user: 'bob', text: 'x'.repeat(5000) });
  const { code, message } = (await ends('evt-long', 'failed')).last_error!;
  expect(code).toBe('message');
  expect(message).toMatch(/the message has 5\d\d\d bytes, tokens get at most 4096/);
  expect(await messagesOf('evt-long')).toEqual([]);
  await operator.define('notice.long', notice('{{ text | truncate: 100 }}'));
  await mended('evt-long');
  expect((await messagesOf('evt-long'))[0]?.notification?.body).toHaveLength(100);
});

for (const key of ['from', 'google.sent', 'gcm.notification.title'])
  test(`the data key ${key}, which is FCM's own, is refused before it is stored`, async () => {
    const { status, body } = await operator.define('notice.key', notice('Hello', { data: { [key]: 'x' } }));
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(key);
    const answer = await sender.event('notice.key', { event_id: `evt-${key}`, user: 'ada' });
    expect(answer).toMatchObject({ status: 404, body: { code: 'unknown_event_type' } });
  });

test('a token of another project is quarantined, and the other device of the user has it all the same', async () => {
  await operator.register('eva', 'sender-mismatch-phone-of-eva');
  await operator.register('eva', 'tablet-of-eva');
  await sender.order({ event_id: 'evt-eva', user_id: 'eva' });
  await ends('evt-eva', 'sent');
  const states = async () =>
    Object.fromEntries(
      (await operator.devices('eva')).items.map(({ token_suffix, state }) => [token_suffix, state]),
    );
  await until(async () => Object.values(await states()).includes('quarantined'));
  await sender.order({ event_id: 'evt-eva-again', user_id: 'eva' });
  await ends('evt-eva-again', 'sent');
  expect((await messagesOf('evt-eva-again')).map(({ target }) => target)).toEqual(['tablet-of-eva']);
});

for (const [what, text] of Object.entries({
  emoji: '1001 🎉👩‍👩‍👧‍👦🏳️‍🌈',
  'right-to-left text': 'طلب ‎1001‎ הזמנה',
  'what HTML and Liquid would take for theirs': '<b>1001</b> & {{ user_id }} "quoted"',
}))
  test(`${what} arrives as it was sent`, async () => {
    const event_id = `evt-${what.replaceAll(' ', '-')}`;
    await operator.register('mia', 'phone-of-mia');
    expect((await sender.order({ event_id, user_id: 'mia', order_id: text })).status).toBe(202);
    await ends(event_id, 'sent');
    expect(await messagesOf(event_id)).toMatchObject([
      { notification: { body: `Order ${text} placed by mia` }, data: { order_id: text } },
    ]);
    const { items } = await stack.simulator.inbox();
    const shown = items.find(({ token }) => token === 'phone-of-mia')!.notifications;
    expect(shown.find((each) => each.event_id === event_id)?.body).toContain(text);
  });

test(`${DEVICES} devices of one user, one of which fails at first: one request more, and each rings once`, async () => {
  const tokens = Array.from({ length: DEVICES }, (_, index) =>
    index === 150 ? 'unavailable-1x-crowd' : `crowd-${index}`,
  );
  await inParallel(DEVICES, 10, (index) => operator.register('crowd', tokens[index]!));
  await sender.order({ event_id: 'evt-crowd', user_id: 'crowd' });
  const event = await ends('evt-crowd', 'sent');
  expect(event).toMatchObject({ attempts: 2, last_error: null });
  const reached = (await messagesOf('evt-crowd')).map(({ target }) => target);
  expect(reached.toSorted()).toEqual([...tokens, 'unavailable-1x-crowd'].toSorted());
  const { items } = await stack.simulator.inbox();
  const crowd = items.filter(({ token }) => tokens.includes(token));
  expect(crowd).toHaveLength(DEVICES);
  expect(crowd.filter(({ rings }) => rings !== 1)).toEqual([]);
});

test('nothing is lost: every event is sent, and none waits or was given up', async () => {
  const { received, deduped, sent, dlq, queue_size } = await operator.totals();
  // What was mended was dead-lettered before, and is sent by now.
  expect({ dlq, queue_size }).toEqual({ dlq: 0, queue_size: 0 });
  expect(sent).toBe(received - deduped);
});
