import { newEvent } from '../../test/builders';
import { type TestWorker, useWorkers } from '../../test/notifier';
import { useQueue } from '../../test/queue';
import { refused, ScriptedProvider } from '../../test/scripted-provider';
import type { EventDetail, MessageDefinition } from '../contract';
import { Messages } from '../messages/messages';
import { MessageStore } from '../messages/store';

const test = useQueue();
const newWorker = useWorkers();
let worker: TestWorker;
let provider: ScriptedProvider;

beforeEach(async () => {
  provider = new ScriptedProvider();
  worker = await newWorker({ url: test.url, prefix: test.prefix, provider });
  await worker.claims.createGroups();
});

/** Defines a type in another process than the worker's. */
async function define(type: string, definition: Partial<MessageDefinition>) {
  const elsewhere = new Messages(new MessageStore(test.redis, test.prefix));
  const result = await elsewhere.define(type, { title: 'Title', body: 'Body', ...definition });
  if (!result.ok) throw new Error(JSON.stringify(result));
}

/** Enqueues an event of a type, tries it once and tells what became of it. */
async function tried(type: string, payload: object): Promise<EventDetail> {
  const event = newEvent({ type });
  await test.queue.enqueue({ ...event, payload: JSON.stringify({ event_id: event.eventId, ...payload }) });
  for (const claim of await test.claim(worker.claims))
    await worker.notifier.notify(claim, (write) => write());
  return (await test.events.find(event.source, event.eventId))!;
}

describe('an event of a type that was defined a moment ago', () => {
  it('is sent by a worker that has not heard of it', async () => {
    await define('cart.left', { body: 'Hello {{ name }} 🛒', target: { user: '{{ user.id }}' } });
    await worker.devices.register({ userId: 'ada', token: 'phone-of-ada' });
    expect(await tried('cart.left', { name: 'Ada', user: { id: 'ada' } })).toMatchObject({ status: 'sent' });
    expect(provider.sentTo).toEqual(['phone-of-ada']);
    expect(provider.messages[0]).toMatchObject({
      notification: { title: 'Title', body: 'Hello Ada 🛒' },
      data: { type: 'cart.left' },
    });
  });

  it.each([
    [{ topic: 'city-{{ city }}' }, 'city-rome'],
    [
      { condition: "'{{ city }}' in topics && !('muted' in topics)" },
      "'rome' in topics && !('muted' in topics)",
    ],
  ])('goes to %j', async (target, address) => {
    await define('city.news', { target });
    expect(await tried('city.news', { city: 'rome' })).toMatchObject({ status: 'sent' });
    expect(provider.sentTo).toEqual([address]);
  });

  it('is in the language of each device', async () => {
    await define('cart.left', { locales: { de: { title: 'Titel' } } });
    await worker.devices.register({ userId: 'kim', token: 'swiss', locale: 'de-CH' });
    await worker.devices.register({ userId: 'kim', token: 'plain' });
    await tried('cart.left', { user_id: 'kim' });
    const titles = provider.messages.map((message) => [
      'token' in message.target && message.target.token,
      message.notification.title,
    ]);
    expect(titles.sort()).toEqual([
      ['plain', 'Title'],
      ['swiss', 'Titel'],
    ]);
  });

  it('goes to nobody else when its user has no device and the definition names no topic', async () => {
    await define('password.reset', {});
    expect(await tried('password.reset', { user_id: 'nobody' })).toMatchObject({
      status: 'failed',
      last_error: { code: 'UNREGISTERED' },
    });
    expect(provider.sentTo).toEqual([]);
  });

  it('goes to the topic of its definition when its user never had a device, but not when all are gone', async () => {
    await define('cart.left', { target: { user: '{{ user_id }}', fallback_topic: 'carts' } });
    await tried('cart.left', { user_id: 'nobody' });
    expect(provider.sentTo).toEqual(['carts']);
    await worker.devices.register({ userId: 'ada', token: 'phone-of-ada' });
    provider.answer('phone-of-ada', refused('target_gone'));
    await tried('cart.left', { user_id: 'ada' });
    expect(provider.sentTo).toEqual(['carts', 'phone-of-ada']);
  });
});

describe('an event no message can be made of is dead-lettered with the reason and the field', () => {
  it.each<[string, Partial<MessageDefinition>, object, string, string]>([
    [
      'a missing field',
      { body: 'a\n{{ colour }}' },
      {},
      'message',
      'body: line 2, column 4: undefined variable: colour',
    ],
    [
      'nobody to send it to',
      { target: { user: '{{ customer.id }}' } },
      {},
      'message',
      'target.user: line 1, column 4: undefined variable: customer',
    ],
    [
      'a message of 5,000 bytes',
      { data: { text: '{{ text }}' } },
      { text: 'x'.repeat(5000) },
      'message',
      expect.stringMatching(/^the message has 50\d\d bytes, topics get at most 2048$/) as string,
    ],
    [
      'a deadline that has passed',
      { notify_before: '{{ at }}' },
      { at: 1_700_000_000 },
      'expired',
      'notify_before: it was 2023-11-14T22:13:20.000Z',
    ],
  ])('%s', async (_, definition, payload, code, message) => {
    await define('cart.left', { target: { topic: 'carts' }, ...definition });
    const event = await tried('cart.left', payload);
    expect(event).toMatchObject({ status: 'failed', attempts: 0, last_error: { code, message } });
    expect(provider.sentTo).toEqual([]);
  });

  it('nobody has defined it', async () => {
    expect(await tried('cart.lost', {})).toMatchObject({
      status: 'failed',
      last_error: { code: 'message', message: 'there is no message for events of type cart.lost' },
    });
  });

  it('and is sent when it is replayed after the definition was mended', async () => {
    await define('cart.left', { body: '{{ nmae }}', target: { topic: 'carts' } });
    const { source, event_id } = await tried('cart.left', { name: 'Ada' });
    await define('cart.left', { body: '{{ name }}', target: { topic: 'carts' } });
    await worker.messages.refresh();
    await test.queue.replay(source, event_id);
    for (const claim of await test.claim(worker.claims))
      await worker.notifier.notify(claim, (write) => write());
    expect(await test.events.find(source, event_id)).toMatchObject({ status: 'sent' });
    expect(provider.messages[0]).toMatchObject({ notification: { body: 'Ada' } });
  });
});
