/** Every answer of FCM's error table: what becomes of the message, how long it waits, what of the token, and what is counted. */
import { expect, test } from '@playwright/test';
import type { AttemptOutcome, DeviceState, EventStatus } from '@contract';
import { until } from './stack/processes.ts';
import { startStack, type Stack } from './stack/stack.ts';
import { Operator } from './support/operator.ts';
import { Sender } from './support/sender.ts';

const FIRST_RETRY_MS = 300;
/** How late a retry may begin on a busy machine. */
const LATE_MS = 2000;

interface Row {
  /** The device's token, whose first word tells the simulator what to answer. */
  token: string;
  outcome: AttemptOutcome;
  code: string;
  /** What the first try leads to, and how it ends. */
  ends: EventStatus;
  waitMs?: number;
  /** Whether it uses up a retry. */
  counted: boolean;
  state: DeviceState;
}

const dead = (token: string, code: string, state: DeviceState = 'active'): Row => ({
  ...{ token, outcome: 'failed', code, ends: 'failed', counted: true, state },
});
const again = (token: string, code: string, waitMs: number, ends: EventStatus = 'retrying'): Row => ({
  ...{ token, outcome: 'failed', code, ends, waitMs, counted: true, state: 'active' },
});
const unknown = (token: string): Row => ({
  ...again(token, 'unknown', FIRST_RETRY_MS, 'sent'),
  outcome: 'unknown',
});
const uncounted = (row: Row): Row => ({ ...row, counted: false });

const ROWS: Record<string, Row> = {
  'UNSPECIFIED_ERROR of a server, as INTERNAL': again('unspecified-phone', 'UNSPECIFIED_ERROR', 10_000),
  'UNSPECIFIED_ERROR about the message': dead('unspecified-400-phone', 'UNSPECIFIED_ERROR'),
  'INVALID_ARGUMENT about the message': dead('invalid-payload-phone', 'INVALID_ARGUMENT'),
  'INVALID_ARGUMENT about the token': dead('invalid-token-phone', 'INVALID_ARGUMENT', 'pruned'),
  UNREGISTERED: dead('unregistered-phone', 'UNREGISTERED', 'pruned'),
  SENDER_ID_MISMATCH: dead('sender-mismatch-phone', 'SENDER_ID_MISMATCH', 'quarantined'),
  THIRD_PARTY_AUTH_ERROR: uncounted(again('third-party-auth-phone', 'THIRD_PARTY_AUTH_ERROR', 60_000)),
  'QUOTA_EXCEEDED of the project': uncounted(again('quota-phone', 'QUOTA_EXCEEDED', 60_000)),
  'QUOTA_EXCEEDED of the project, with Retry-After': uncounted(
    again('quota-1-1x-phone', 'QUOTA_EXCEEDED', 1000, 'sent'),
  ),
  'QUOTA_EXCEEDED of the device': uncounted(again('quota-device-phone', 'QUOTA_EXCEEDED', 60_000)),
  'QUOTA_EXCEEDED of the device, with Retry-After': uncounted(
    again('quota-device-2-1x-phone', 'QUOTA_EXCEEDED', 2000, 'sent'),
  ),
  UNAVAILABLE: again('unavailable-1x-phone', 'UNAVAILABLE', FIRST_RETRY_MS, 'sent'),
  'UNAVAILABLE with Retry-After': again('unavailable-2-1x-phone', 'UNAVAILABLE', 2000, 'sent'),
  INTERNAL: again('internal-phone', 'INTERNAL', 10_000),
  'INTERNAL with a shorter Retry-After': again('internal-3-phone', 'INTERNAL', 10_000),
  'INTERNAL with a longer Retry-After': again('internal-25-phone', 'INTERNAL', 25_000),
  'no answer in time': unknown('hang-1x-phone'),
  'a reset': unknown('reset-1x-phone'),
  'a reset after it was delivered': unknown('lost-1x-phone'),
  "an answer that is not FCM's": unknown('garbage-1x-phone'),
};

/** What stops the line, whoever it is for. */
const STOPS = {
  unauthenticated: 'UNAUTHENTICATED',
  'permission-denied': 'PERMISSION_DENIED',
  'no-project': 'NOT_FOUND',
};

let stack: Stack;
let sender: Sender;
let operator: Operator;

const order = async (token: string) => {
  const answer = await sender.order({ event_id: `evt-${token}`, user_id: `user-of-${token}` });
  expect(answer.status).toBe(202);
};
const reached = (token: string, status: EventStatus) =>
  until(async () => (await operator.event(`evt-${token}`))?.status === status, {
    giveUp: () => new Error(`evt-${token} is not ${status}`),
  });
const deviceOf = async (token: string) => (await operator.devices(`user-of-${token}`)).items[0];
/** From the first try's end to when the second was scheduled for. */
async function firstWaitMs(token: string): Promise<number | undefined> {
  const { history } = (await operator.event(`evt-${token}`))!;
  const scheduled = history.filter(({ kind }) => kind === 'retry_scheduled').at(-1);
  if (!scheduled || !('at' in scheduled)) return undefined;
  return Date.parse(scheduled.due_at!) - Date.parse(scheduled.at);
}

test.beforeAll(async () => {
  const env = {
    ...{ RATE_LIMIT: '0', RETRY_DELAYS_MS: `${FIRST_RETRY_MS},600,1200`, FCM_TIMEOUT_MS: '3000' },
    // What Herald slows down by itself is tested elsewhere; here FCM's every answer is wanted at once.
    FCM_QUOTAS: 'off',
  };
  stack = await startStack({ env });
  sender = new Sender(stack);
  operator = new Operator(stack);
  await stack.simulator.steer('/topics/orders', 'quota-topic-1-1x');
  await order('nobody');
  for (const { token } of Object.values(ROWS)) {
    await operator.register(`user-of-${token}`, token, { platform: 'ios' });
    await order(token);
  }
});

test.afterAll(() => stack.stop());

for (const [name, row] of Object.entries(ROWS))
  test(name, async () => {
    const { token, ends, outcome, code, counted, waitMs, state } = row;
    await reached(token, ends);
    const [first, second] = await operator.attempts(`evt-${token}`);
    expect(first).toMatchObject({ outcome, code, counted });
    expect(await firstWaitMs(token)).toBe(waitMs);
    if (ends === 'sent') {
      expect(second).toMatchObject({ outcome: 'delivered' });
      const waitedMs = Date.parse(second!.started_at) - Date.parse(first!.started_at) - first!.duration_ms;
      expect(waitedMs).toBeGreaterThanOrEqual(waitMs!);
      expect(waitedMs).toBeLessThan(waitMs! + LATE_MS);
    }
    await until(async () => (await deviceOf(token))?.state === state);
    // A repeat carries the same tag, so the person sees one notification.
    const { items } = await stack.simulator.inbox();
    const shown = items.find((device) => device.token === token)?.notifications ?? [];
    expect(shown).toHaveLength(ends === 'sent' ? 1 : 0);
  });

test('QUOTA_EXCEEDED of the topic', async () => {
  await reached('nobody', 'sent');
  expect(await operator.attempts('evt-nobody')).toMatchObject([
    { code: 'QUOTA_EXCEEDED', counted: false },
    { outcome: 'delivered' },
  ]);
  expect(await firstWaitMs('nobody')).toBe(1000);
});

test('five devices, one of them UNAVAILABLE twice: five requests and two, and each phone rings once', async () => {
  const tokens = ['phone-a', 'phone-b', 'phone-c', 'phone-d', 'unavailable-2x-phone-e'];
  for (const token of tokens) await operator.register('user-of-five', token);
  await order('five');
  await reached('five', 'sent');
  const messages = await stack.simulator.messages('evt-five');
  expect(messages.map(({ target }) => target).toSorted()).toEqual(
    [...tokens, tokens[4]!, tokens[4]!].toSorted(),
  );
  const { items, shown_twice } = await stack.simulator.inbox();
  const screens = items.filter(({ token }) => tokens.includes(token));
  expect(screens.map(({ rings, notifications }) => [rings, notifications.length])).toEqual(
    tokens.map(() => [1, 1]),
  );
  expect(shown_twice).toBe(0);
  expect(await operator.event('evt-five')).toMatchObject({ attempts: 3, last_error: null });
});

test('one device whose platform is refused holds up none of the others', async () => {
  const tokens = ['third-party-auth-tablet', 'unavailable-1x-tablet', 'tablet'];
  for (const token of tokens) await operator.register('user-of-three', token, { platform: 'ios' });
  await order('three');
  await until(async () => {
    const delivered = (await stack.simulator.messages('evt-three')).filter(({ answer }) => answer === 'OK');
    return delivered.length === 2;
  });
  await until(async () => (await operator.event('evt-three'))?.last_error?.code === 'THIRD_PARTY_AUTH_ERROR');
  expect(await stack.simulator.messages('evt-three')).toHaveLength(4);
});

test('a connection that goes away', async () => {
  await operator.register('user-of-goaway-1x-phone', 'goaway-1x-phone');
  await order('goaway-1x-phone');
  await reached('goaway-1x-phone', 'sent');
  expect(await operator.attempts('evt-goaway-1x-phone')).toMatchObject([
    { outcome: 'unknown', counted: true },
    { outcome: 'delivered' },
  ]);
});

test('what FCM itself was to blame for is tried again when its time has come', async () => {
  // From now on nothing else may fail: it would prove nothing to a line that has stopped.
  for (const word of ['internal', 'unspecified-phone']) await stack.simulator.steer(word, 'ok');
  await reached('internal-phone', 'sent');
  await reached('unspecified-phone', 'sent');
});

for (const [word, code] of Object.entries(STOPS))
  test(`${code} without a word from FCM stops the line and burns nothing`, async () => {
    const token = `${word}-phone`;
    await operator.register(`user-of-${token}`, token);
    await order(token);
    await until(async () => (await operator.queue()).paused?.code === code);
    await reached(token, 'retrying');
    expect((await operator.attempts(`evt-${token}`))[0]).toMatchObject({ code, counted: false });
    expect(await deviceOf(token)).toMatchObject({ state: 'active' });
    await stack.simulator.steer(token, 'ok');
    await reached(token, 'sent');
    await until(async () => (await operator.queue()).paused === undefined);
  });

test("what Herald has counted is what FCM's stand-in has", async () => {
  /** What an answer of the simulator is to Herald, where that is not the same word. */
  const words: Record<string, string> = { OK: '' };
  for (const word of ['HANG', 'RESET', 'LOST', 'GOAWAY', 'GARBAGE']) words[word] = 'unknown';
  const received = new Map<string, number>();
  for (const { answer } of await stack.simulator.messages()) {
    const word = words[answer] ?? answer;
    received.set(word, (received.get(word) ?? 0) + 1);
  }
  const metrics = await (await fetch(`${stack.workerUrl}/metrics`)).text();
  const attempts = metrics.matchAll(/^herald_attempts_total\{outcome="(\w+)",code="(\w*)"\} (\d+)$/gm);
  const told = [...attempts].map(([, outcome, code, count]) => [
    outcome === 'unknown' ? 'unknown' : code,
    Number(count),
  ]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(received));

  for (const line of [
    'herald_devices_total{what="pruned"} 2',
    'herald_devices_total{what="quarantined"} 1',
    'herald_wrong_messages_total{event_type="order.created"} 2',
    'herald_platform_refusals_total{platform="ios"} 2',
    'herald_deliveries_paused 0',
  ])
    expect(metrics).toContain(`${line}\n`);

  const [sent, failed] = await Promise.all(
    ['sent', 'failed'].map(
      async (status) => (await operator.list(`status=${status}&limit=100`)).items.length,
    ),
  );
  expect(failed).toBe(Object.values(ROWS).filter(({ ends }) => ends === 'failed').length);
  expect(await operator.totals()).toMatchObject({ sent, dlq: failed });
});
