import type { PushMessage, Target } from '../delivery/provider';
import { BUILT_IN } from './built-in';
import { compileDefinition } from './compile';
import { compose, type ComposedEvent } from './compose';

const phone: Target = { kind: 'token', token: 'phone-token' };
const orders: Target = { kind: 'topic', topic: 'orders' };

function order(changes: Partial<ComposedEvent> = {}, payload: object = {}): ComposedEvent {
  return {
    eventId: 'evt-1',
    source: 'default',
    type: 'order.created',
    round: 0,
    payload: { event_id: 'evt-1', order_id: 'A-17', user_id: 'ada', ...payload },
    ...changes,
  };
}

const compiled = compileDefinition(BUILT_IN['order.created']);
const NOW = Date.parse('2026-11-24T12:00:00Z');

function compositionOf(event: ComposedEvent, targets: Target[]) {
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compose(
    compiled.message,
    event,
    targets.map((target) => ({ target })),
    NOW,
  );
}

function composed(event: ComposedEvent, targets: Target[] = [phone]): PushMessage[] {
  const composition = compositionOf(event, targets);
  if (!composition.ok) throw new Error(composition.problem);
  return composition.messages;
}

const one = (event: ComposedEvent, target: Target = phone) => composed(event, [target])[0] as PushMessage;
const problem = (event: ComposedEvent, target: Target = phone) => {
  const composition = compositionOf(event, [target]);
  return composition.ok ? undefined : composition.problem;
};

describe('an order.created event', () => {
  it('becomes "New Order" with the order and the user in its text', () => {
    expect(one(order()).notification).toEqual({ title: 'New Order', body: 'Order A-17 placed by ada' });
  });

  it('tells the app what it is about in data that holds texts only', () => {
    const { data } = one(order({}, { total: 12, nested: { a: 1 } }));
    expect(data).toEqual({ event_id: 'evt-1', type: 'order.created', order_id: 'A-17', user_id: 'ada' });
  });

  it('is urgent on Android', () => {
    expect(one(order()).android?.priority).toBe('HIGH');
  });

  it('is to the letter what it was before there were definitions', () => {
    const tag = 'herald-9f94e6fd0bb23e276f779ea5b7f9fb95';
    expect(JSON.stringify(one(order()))).toBe(
      JSON.stringify({
        target: phone,
        notification: { title: 'New Order', body: 'Order A-17 placed by ada' },
        data: { event_id: 'evt-1', type: 'order.created', order_id: 'A-17', user_id: 'ada' },
        android: { priority: 'HIGH', notification: { tag } },
        apns: { headers: { 'apns-collapse-id': tag } },
        webpush: { notification: { tag } },
      }),
    );
  });

  it('becomes one message per target, the same but for the target', () => {
    const tablet: Target = { kind: 'token', token: 'tablet-token' };
    const messages = composed(order(), [phone, tablet, orders]);
    expect(messages.map(({ target }) => target)).toEqual([phone, tablet, orders]);
    expect(new Set(messages.map(({ target, ...content }) => JSON.stringify(content))).size).toBe(1);
  });

  it('becomes no message when there is no target', () => {
    expect(composed(order(), [])).toEqual([]);
  });
});

describe('the tag by which a repeated notification replaces the first', () => {
  const tags = ({ android, apns, webpush }: PushMessage) => [
    android?.notification?.tag,
    apns?.headers?.['apns-collapse-id'],
    webpush?.notification?.tag,
  ];
  const tag = (event: ComposedEvent) => tags(one(event))[0];

  it('is the same on Android, Apple and the web', () => {
    expect(new Set(tags(one(order()))).size).toBe(1);
  });

  it('is the same whenever and wherever the event is composed', () => {
    expect(tag(order())).toBe('herald-9f94e6fd0bb23e276f779ea5b7f9fb95');
  });

  it.each([
    ['event', order({ eventId: 'evt-2' })],
    ['source', order({ source: 'shop' })],
    ['replay', order({ round: 1 })],
  ])('differs for another %s', (_, other) => {
    expect(tag(other)).not.toBe(tag(order()));
  });

  it('does not mix up where the source ends and the id begins', () => {
    expect(tag(order({ source: 'a', eventId: 'b.c' }))).not.toBe(tag(order({ source: 'a.b', eventId: 'c' })));
  });

  it('fits into the 64 bytes Apple allows, however long the id is', () => {
    expect(Buffer.byteLength(tag(order({ eventId: 'x'.repeat(128) })) ?? '')).toBeLessThanOrEqual(64);
  });
});

describe('texts of all kinds', () => {
  it.each([
    ['emoji', '🍕👩‍👩‍👧'],
    ['right-to-left text', 'طلب ١٢٣'],
    ['braces and dollar signs', '{user_id} $& $1'],
    ['markup', '<b>&amp;'],
  ])('keeps %s as they are', (_, order_id) => {
    const message = one(order({}, { order_id }));
    expect(message.notification.body).toBe(`Order ${order_id} placed by ada`);
    expect(message.data['order_id']).toBe(order_id);
  });

  it('replaces half a surrogate pair, which no encoder could send', () => {
    expect(one(order({}, { order_id: 'A\ud83c' })).data['order_id']).toBe('A\ufffd');
  });

  it.each([phone, orders])('has room for the longest ids the contract allows, to a $kind', (target) => {
    const longest = order(
      { eventId: 'x'.repeat(128) },
      { order_id: '訂'.repeat(128), user_id: '人'.repeat(128) },
    );
    expect(one(longest, target).data['order_id']).toHaveLength(128);
  });
});

describe('an event no message can be made of', () => {
  it('does not take fields from a prototype', () => {
    const payload = JSON.parse('{"order_id":"A-17","__proto__":{"user_id":"mallory"}}') as Record<
      string,
      unknown
    >;
    expect(problem(order({ payload }))).toBe('data.user_id: line 1, column 4: undefined variable: user_id');
    const inherited = Object.create({ order_id: 'A', user_id: 'mallory' }) as Record<string, unknown>;
    expect(problem(order({ payload: inherited }))).toBe(
      'data.order_id: line 1, column 4: undefined variable: order_id',
    );
  });

  it('is one with more than 4,096 bytes of payload for a token', () => {
    expect(problem(order({}, { order_id: '訂'.repeat(700) }))).toMatch(
      /^the message has \d+ bytes, tokens get at most 4096$/,
    );
  });

  it('is one with more than 2,048 bytes of payload for a topic, though a token could take it', () => {
    const long = order({}, { order_id: '訂'.repeat(400) });
    expect(problem(long, orders)).toMatch(/topics get at most 2048$/);
    expect(problem(long, phone)).toBeUndefined();
  });
});
