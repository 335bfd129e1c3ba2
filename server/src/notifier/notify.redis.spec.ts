import { newEvent } from '../../test/builders';
import { type TestWorker, useWorkers } from '../../test/notifier';
import { useQueue } from '../../test/queue';
import { DELIVERED, refused, ScriptedProvider, UNKNOWN } from '../../test/scripted-provider';
import { until } from '../../test/until';
import { systemClock } from '../config/clock';
import type { AttemptEntry, EventDetail } from '../contract';
import { createProvider } from '../delivery/create-provider';
import type { NewEvent } from '../events/new-event';
import { NO_QUOTAS } from '../quota/governor';
import type { Claim } from '../queue/claims';
import { Notifier } from './notify';
import { Places } from './places';

const test = useQueue();
const newWorker = useWorkers();
let worker: TestWorker;
let provider: ScriptedProvider;

beforeEach(async () => {
  provider = new ScriptedProvider();
  worker = await newWorker({ url: test.url, prefix: test.prefix, provider });
  await worker.claims.createGroups();
});

const once = (write: () => Promise<string>) => write();

/** Enqueues an event for a user of its own, tries it once and tells what became of it. */
async function tried(event: NewEvent): Promise<EventDetail> {
  await test.queue.enqueue(event);
  return triedAgain(event);
}

/** Makes a retry or a replay of the event happen now. */
async function triedAgain(event: NewEvent): Promise<EventDetail> {
  for (const { keys } of test.keyspace.partitions)
    for (const id of await test.redis.zrange(keys.due, '0', '-1')) await test.redis.zadd(keys.due, 0, id);
  await worker.upkeep.promote();
  for (const claim of await test.claim(worker.claims)) await worker.notifier.notify(claim, once);
  return (await test.events.find(event.source, event.eventId))!;
}

function userWithDevices(userId: string, ...tokens: string[]): Promise<unknown> {
  return Promise.all(tokens.map((token) => worker.devices.register({ userId, token })));
}

const attempts = (event: EventDetail) =>
  event.history.filter((entry): entry is AttemptEntry => entry.kind === 'attempt');

describe('the targets of a notification', () => {
  it("are all of the user's registered devices", async () => {
    await userWithDevices('ada', 'phone-of-ada', 'tablet-of-ada');
    await userWithDevices('bob', 'phone-of-bob');
    expect(await tried(newEvent({ userId: 'ada' }))).toMatchObject({ status: 'sent', attempts: 1 });
    expect(provider.sentTo.toSorted()).toEqual(['phone-of-ada', 'tablet-of-ada']);
  });

  it('are the token another system has put for the user when no device is registered', async () => {
    const userId = `${test.prefix}-eve`;
    await test.redis.set(`fcm:token:${userId}`, 'token-of-eve');
    expect(await tried(newEvent({ userId }))).toMatchObject({ status: 'sent' });
    expect(provider.sentTo).toEqual(['token-of-eve']);
  });

  it('are the topic orders when nothing is known of the user', async () => {
    expect(await tried(newEvent({ userId: 'nobody' }))).toMatchObject({ status: 'sent' });
    expect(provider.sentTo).toEqual(['orders']);
  });

  it('are the topic orders when nothing is known of a user whose name is blank', async () => {
    for (const userId of [' ', '\n', '\u00a0'])
      expect(await tried(newEvent({ userId }))).toMatchObject({ status: 'sent' });
    expect(provider.sentTo).toEqual(['orders', 'orders', 'orders']);
  });

  it('get the message of the event', async () => {
    await tried(newEvent({ userId: 'nobody', orderId: 'A-17' }));
    expect(provider.messages[0]).toMatchObject({
      notification: { title: 'New Order', body: 'Order A-17 placed by nobody' },
      data: { order_id: 'A-17', user_id: 'nobody', type: 'order.created' },
    });
  });
});

describe('a try that did not reach every target', () => {
  const event = () => newEvent({ userId: 'ada' });

  beforeEach(() => userWithDevices('ada', 'one', 'two', 'three'));

  it('is repeated for the open targets only', async () => {
    const given = event();
    provider.answer('two', refused('server'), DELIVERED);
    provider.answer('three', refused('target_gone'));
    expect(await tried(given)).toMatchObject({ status: 'retrying', last_error: { code: 'UNAVAILABLE' } });
    expect(await triedAgain(given)).toMatchObject({ status: 'sent', attempts: 2, last_error: null });
    expect(provider.sentTo.slice(3)).toEqual(['two']);
  });

  it('is not lost when the open target has lost its registration: the others have it', async () => {
    const given = event();
    provider.answer('two', refused('server'));
    await tried(given);
    await worker.devices.signOut('two');
    expect(await triedAgain(given)).toMatchObject({ status: 'sent' });
    expect(provider.sentTo).toHaveLength(3);
  });

  it('includes a device that was registered since', async () => {
    const given = event();
    provider.answer('two', UNKNOWN, DELIVERED);
    await tried(given);
    await userWithDevices('ada', 'four');
    expect(await triedAgain(given)).toMatchObject({ status: 'sent' });
    expect(provider.sentTo.slice(3).toSorted()).toEqual(['four', 'two']);
  });

  it('ends as unregistered when the last target proves gone, and tells no topic', async () => {
    for (const token of ['one', 'two', 'three']) provider.answer(token, refused('target_gone'));
    const event = await tried(newEvent({ userId: 'ada' }));
    expect(event).toMatchObject({ status: 'failed', last_error: { code: 'UNREGISTERED' } });
    expect(provider.sentTo).not.toContain('orders');
  });

  it.each(['server', 'target_gone'] as const)(
    'never goes to everybody instead, when the user signs out after %s',
    async (cause) => {
      const given = event();
      provider.answer('one', refused(cause));
      provider.answer('two', refused('server'));
      provider.answer('three', refused('target_gone'));
      await tried(given);
      for (const token of ['one', 'two', 'three']) await worker.devices.signOut(token);
      expect(await triedAgain(given)).toMatchObject({
        status: 'failed',
        last_error: { code: 'UNREGISTERED' },
      });
      expect(provider.sentTo).not.toContain('orders');
    },
  );

  it('leaves alone what was asked for more patience, until its time', async () => {
    const given = event();
    provider.answer('two', refused('platform_credentials'));
    provider.answer('three', refused('server'), DELIVERED);
    expect(await tried(given)).toMatchObject({ status: 'retrying', last_error: { code: 'UNAVAILABLE' } });
    const waiting = await triedAgain(given);
    expect(waiting).toMatchObject({
      ...{ status: 'retrying', attempts: 2 },
      last_error: { code: 'THIRD_PARTY_AUTH_ERROR' },
    });
    expect(provider.sentTo.slice(3)).toEqual(['three']);
    expect(await triedAgain(given)).toMatchObject({ status: 'retrying', attempts: 2 });
    expect(provider.sentTo).toHaveLength(4);
    const [{ due_at }] = waiting.history as unknown as [{ due_at: string }];
    const [, first] = attempts(waiting).toReversed();
    const waitMs = Date.parse(due_at) - Date.parse(first!.started_at);
    expect(waitMs).toBeGreaterThan(59_000);
    expect(waitMs).toBeLessThan(62_000);
  });

  it('begins afresh with a replay', async () => {
    const given = event();
    await tried(given);
    await test.queue.replay(given.source, given.eventId);
    expect(await triedAgain(given)).toMatchObject({ status: 'sent', attempts: 2 });
    expect(provider.sentTo).toHaveLength(6);
  });
});

it('has no more messages under way than notifications may be in flight, be they of one event', async () => {
  worker = await newWorker({ url: test.url, prefix: test.prefix, provider, concurrency: 7 });
  const tokens = Array.from({ length: 50 }, (_, index) => `phone-${index}`);
  await userWithDevices('ada', ...tokens);
  expect(await tried(newEvent({ userId: 'ada' }))).toMatchObject({ status: 'sent', attempts: 1 });
  expect(provider.sentTo.toSorted()).toEqual(tokens.toSorted());
  expect(provider.mostInFlight).toBe(7);
});

it('tries a topic again like any other target', async () => {
  const event = newEvent({ userId: 'nobody' });
  provider.answer('orders', refused('server'), DELIVERED);
  await tried(event);
  expect(await triedAgain(event)).toMatchObject({ status: 'sent', attempts: 2 });
  expect(provider.sentTo).toEqual(['orders', 'orders']);
});

describe('the history', () => {
  it('has one line for each target, the newest try first', async () => {
    const event = newEvent({ userId: 'ada' });
    await userWithDevices('ada', 'long-token-of-phone');
    provider.answer('long-token-of-phone', UNKNOWN, refused('throttled', 90_000), DELIVERED);
    await tried(event);
    await triedAgain(event);
    const lines = attempts(await triedAgain(event));
    expect(lines).toMatchObject([
      { outcome: 'delivered', code: null, message: 'projects/test/messages/1', counted: true },
      { outcome: 'failed', code: 'QUOTA_EXCEEDED', message: 'FCM says QUOTA_EXCEEDED', counted: false },
      { outcome: 'unknown', code: 'unknown', message: 'No answer within 10000 ms', counted: true },
    ]);
  });

  it('shows targets as a hash and the last six characters, never whole', async () => {
    const event = newEvent({ userId: 'ada' });
    await userWithDevices('ada', 'long-token-of-phone');
    const [line] = attempts(await tried(event));
    expect(line!.target).toMatch(/^token …-phone \(sha256 [0-9a-f]{8}\)$/);
    expect(JSON.stringify(await test.record(event))).not.toContain('long-token-of-phone');
    expect(JSON.stringify(worker.logger.lines)).not.toContain('long-token-of-phone');
  });

  it('tells when the next try is due', async () => {
    provider.answer('orders', refused('server'));
    const { history } = await tried(newEvent({ userId: 'nobody' }));
    expect(history.map(({ kind }) => kind)).toEqual(['retry_scheduled', 'attempt', 'received']);
    const [scheduled] = history as unknown as [{ at: string; due_at: string }];
    expect(Date.parse(scheduled.due_at) - Date.parse(scheduled.at)).toBe(1000);
  });

  it('ends with why the event was given up', async () => {
    provider.answer('orders', refused('message'));
    const { history } = await tried(newEvent({ userId: 'nobody' }));
    expect(history[0]).toMatchObject({ kind: 'dead_lettered', code: 'INVALID_ARGUMENT' });
  });

  it('says of a dry run that nothing left the machine', async () => {
    const dryRun = createProvider(
      { mode: 'dry_run', endpoint: 'https://fcm.googleapis.com', connections: 1, timeoutMs: 1000 },
      { info: () => {} },
    );
    const { claims, devices, messages, line, pruner, metrics, logger } = worker;
    const settings = { retryDelaysMs: [], retryJitter: 0, maxAgeS: 3600 };
    const made = {
      claims,
      devices,
      messages,
      line,
      places: new Places(1),
      quotas: NO_QUOTAS,
      pruner,
      metrics,
      log: logger,
    };
    const parts = { ...made, settings, clock: systemClock, random: () => 0 };
    const event = await test.enqueued();
    const [claim] = await test.claim(claims);
    await new Notifier({ ...parts, provider: dryRun }).notify(claim!, once);
    const [attempt] = attempts((await test.events.find(event.source, event.eventId))!);
    expect(attempt).toMatchObject({ outcome: 'delivered', dry_run: true });
  });
});

describe('the retries', () => {
  it('are used up by failures, so that the fourth one dead-letters', async () => {
    const event = newEvent({ userId: 'nobody' });
    provider.answer('orders', refused('server'));
    expect((await tried(event)).status).toBe('retrying');
    expect((await triedAgain(event)).status).toBe('retrying');
    expect((await triedAgain(event)).status).toBe('retrying');
    expect(await triedAgain(event)).toMatchObject({
      status: 'failed',
      attempts: 4,
      last_error: { code: 'UNAVAILABLE' },
    });
  });

  it('are each target’s own: one that is down uses up none of another', async () => {
    const settings = { retryDelaysMs: [10, 10, 10] };
    worker = await newWorker({ url: test.url, prefix: test.prefix, provider, settings });
    const event = newEvent({ userId: 'ada' });
    await userWithDevices('ada', 'down', 'slow');
    provider.answer('down', refused('server'));
    provider.answer('slow', refused('throttled', 2100), refused('server'), DELIVERED);
    await tried(event);
    const parkedMs = performance.now();
    for (let again = 0; again < 3; again++) expect((await triedAgain(event)).status).toBe('retrying');
    await until(() => performance.now() - parkedMs > 2200);
    expect((await triedAgain(event)).status).toBe('retrying');
    expect(await triedAgain(event)).toMatchObject({ status: 'failed', attempts: 6 });
    expect(provider.sentTo.filter((token) => token === 'slow')).toHaveLength(3);
  });

  it.each(['throttled', 'credentials'] as const)('are not used up by %s', async (cause) => {
    const event = newEvent({ userId: 'nobody' });
    provider.answer('orders', refused(cause));
    await tried(event);
    for (let again = 0; again < 5; again++) expect((await triedAgain(event)).status).toBe('retrying');
    expect((await test.record(event)).failures).toBe('0');
  });
});

describe('an event that cannot be tried', () => {
  it('is dead-lettered as message when there is no message for it', async () => {
    const event = await tried(newEvent({ type: 'order.teleported' }));
    expect(event).toMatchObject({ status: 'failed', attempts: 0, last_error: { code: 'message' } });
    expect(provider.sentTo).toEqual([]);
  });

  it('is dead-lettered as expired when it is too old', async () => {
    const event = await test.enqueued();
    const [claim] = await test.claim(worker.claims);
    const old: Claim = { ...claim!, freshMs: claim!.claimedMs - 3_600_001 };
    await worker.notifier.notify(old, once);
    const found = await test.events.find(event.source, event.eventId);
    expect(found).toMatchObject({ status: 'failed', attempts: 0, last_error: { code: 'expired' } });
    expect(provider.sentTo).toEqual([]);
  });
});

it('leaves an event alone that another worker has taken over meanwhile', async () => {
  provider.answer('orders', refused('message'));
  const event = await test.enqueued({ userId: 'nobody' });
  const [claim] = await test.claim(worker.claims);
  const other = await test.worker();
  await other.begin(claim!);
  await worker.notifier.notify(claim!, once);
  expect(await test.events.find(event.source, event.eventId)).toMatchObject({ status: 'processing' });
  expect(worker.logger.texts('log')).toEqual(['attempt']);
});

describe('the log', () => {
  it('has one line for each attempt', async () => {
    const event = await tried(newEvent({ userId: 'nobody' }));
    expect(worker.logger.lines).toEqual([
      {
        level: 'log',
        message: expect.objectContaining({
          msg: 'attempt',
          event: `default/${event.event_id}`,
          outcome: 'delivered',
        }),
      },
    ]);
  });

  it('has one more for an event that was dead-lettered', async () => {
    provider.answer('orders', refused('message'));
    const event = await tried(newEvent({ userId: 'nobody' }));
    expect(worker.logger.lines[1]).toEqual({
      level: 'warn',
      message: {
        msg: 'dead-lettered',
        event: `default/${event.event_id}`,
        code: expect.any(String),
        message: expect.any(String),
      },
    });
  });
});

it('counts attempts by outcome and code', async () => {
  provider.answer('orders', refused('server'), DELIVERED);
  const event = newEvent({ userId: 'nobody' });
  await tried(event);
  await triedAgain(event);
  const text = await worker.metrics.registry.metrics();
  expect(text).toContain('herald_attempts_total{outcome="failed",code="UNAVAILABLE"} 1');
  expect(text).toContain('herald_attempts_total{outcome="delivered",code=""} 1');
  expect(text).toContain('herald_settled_seconds_count{status="sent"} 1');
});

it('counts wrong messages by type of event, so that a template gone wrong is seen', async () => {
  provider.answer('orders', refused('message'));
  await tried(newEvent({ userId: 'nobody' }));
  await tried(newEvent({ userId: 'somebody' }));
  const text = await worker.metrics.registry.metrics();
  expect(text).toContain('herald_wrong_messages_total{event_type="order.created"} 2');
});
