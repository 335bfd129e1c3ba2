import type { MessageDefinition } from '../contract';
import type { PushMessage, Target } from '../delivery/provider';
import { compileDefinition } from './compile';
import { audienceOf, compose, type Recipient } from './compose';
import type { Scope } from './templates';

const NOW = Date.parse('2026-11-24T12:00:00Z');
const NOW_S = NOW / 1000;
const phone: Target = { kind: 'token', token: 'phone' };
const TEXTS = { title: 'Order {{ order.id }}', body: 'Hello {{ name }}' };
const SCOPE: Scope = { name: 'Ada', order: { id: 'A-1' }, user_id: 'ada', city: 'rome' };

function compiled(definition: Partial<MessageDefinition>) {
  const result = compileDefinition({ ...TEXTS, ...definition });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.message;
}

function composition(
  definition: Partial<MessageDefinition>,
  payload: Scope = SCOPE,
  recipients: Recipient[] = [{ target: phone }],
) {
  const event = { eventId: 'evt-1', source: 'default', type: 'a.b', round: 0, payload };
  return compose(compiled(definition), event, recipients, NOW);
}

function composed(...given: Parameters<typeof composition>): PushMessage[] {
  const result = composition(...given);
  if (!result.ok) throw new Error(result.problem);
  return result.messages;
}
const one = (definition: Partial<MessageDefinition>, payload?: Scope) => composed(definition, payload)[0]!;

function problem(...given: Parameters<typeof composition>) {
  const result = composition(...given);
  return result.ok ? undefined : { code: result.code, problem: result.problem };
}

const audience = (definition: Partial<MessageDefinition>, payload: Scope = SCOPE) =>
  audienceOf(compiled(definition), { payload });

describe('the texts of a message', () => {
  it('are those of the definition, filled in', () => {
    expect(one({}).notification).toEqual({ title: 'Order A-1', body: 'Hello Ada' });
  });

  it('are the fallback where they cannot be rendered, each for itself', () => {
    const fallback = { title: 'An order', body: 'Hello' };
    expect(one({ fallback }, { name: 'Ada' }).notification).toEqual({ title: 'An order', body: 'Hello Ada' });
  });

  it('are the fallback where they come out empty', () => {
    const fallback = { title: 'An order', body: 'Hello' };
    expect(one({ title: ' {{ x }} ', fallback }, { ...SCOPE, x: '' }).notification.title).toBe('An order');
  });

  it.each([
    [{}, { name: 'Ada' }, 'title: line 1, column 10: undefined variable: order'],
    [{ title: '{{ x }}' }, { ...SCOPE, x: null }, 'title: is empty'],
    [
      { fallback: { title: '{{ no }}', body: 'B' } },
      {},
      'fallback.title: line 1, column 4: undefined variable: no',
    ],
    [
      { locales: { de: { body: 'a\n{{ no }}' } }, locale: 'de' },
      SCOPE,
      'locales.de.body: line 2, column 4: undefined variable: no',
    ],
  ])('of %j for %j cannot be made, and the field is named', (definition, payload, expected) => {
    expect(problem(definition, payload)).toEqual({ code: 'message', problem: expected });
  });
});

describe('the locale of a message', () => {
  const locales = {
    de: { title: 'Bestellung {{ order.id }}', body: 'Hallo {{ name }}' },
    ar: { body: 'مرحبا {{ name }} 🍕' },
  };
  const to = (token: string, locale?: string): Recipient => ({ target: { kind: 'token', token }, locale });
  const texts = (message: PushMessage) => [message.notification.title, message.notification.body];

  it('is that of each device', () => {
    const messages = composed({ locales }, SCOPE, [
      to('a', 'de-AT'),
      to('b', 'en'),
      to('c', 'ar'),
      to('d', 'de'),
    ]);
    expect(messages.map(texts)).toEqual([
      ['Bestellung A-1', 'Hallo Ada'],
      ['Order A-1', 'Hello Ada'],
      ['Order A-1', 'مرحبا Ada 🍕'],
      ['Bestellung A-1', 'Hallo Ada'],
    ]);
    expect(new Set(messages.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  });

  it("is the definition's for a device that has none, and not for one that has another", () => {
    const definition = { locales, locale: '{{ lang | default: "en" }}' };
    const payload = { ...SCOPE, lang: 'de' };
    const messages = composed(definition, payload, [to('a'), to('b', 'fr'), to('c', 'ar')]);
    expect(messages.map((message) => texts(message)[0])).toEqual([
      'Bestellung A-1',
      'Order A-1',
      'Order A-1',
    ]);
    expect(texts(composed(definition, SCOPE, [to('a')])[0]!)).toEqual(['Order A-1', 'Hello Ada']);
  });
});

describe('the rest of a message', () => {
  it('has its data as texts, whatever their names', () => {
    const data = JSON.parse(
      '{"__proto__":"{{ name }}","constructor":"c","items":"{{ order | json }}"}',
    ) as Record<string, string>;
    const message = one({ data });
    expect(Object.entries(message.data)).toEqual([
      ['event_id', 'evt-1'],
      ['type', 'a.b'],
      ['__proto__', 'Ada'],
      ['constructor', 'c'],
      ['items', '{"id":"A-1"}'],
    ]);
  });

  it('has the options of each platform, with the templates in them filled in', () => {
    const { android, apns, webpush } = one({
      android: { notification: { channel_id: 'orders', title_loc_args: ['{{ name }}', 'x'] } },
      apns: {
        headers: { 'apns-push-type': 'alert' },
        payload: { aps: { badge: 1, category: '{{ city }}' } },
      },
      webpush: { notification: { actions: [{ action: 'a', title: '{{ name }}' }] } },
    });
    const tag = android!.notification!.tag!;
    expect({ android, apns, webpush }).toEqual({
      android: { notification: { channel_id: 'orders', title_loc_args: ['Ada', 'x'], tag } },
      apns: {
        headers: { 'apns-push-type': 'alert', 'apns-collapse-id': tag },
        payload: { aps: { badge: 1, category: 'rome' } },
      },
      webpush: { notification: { actions: [{ action: 'a', title: 'Ada' }], tag } },
    });
  });

  it('lives as long as the definition says, on every platform', () => {
    const { android, apns, webpush } = one({ ttl_s: 60 });
    expect(android).toMatchObject({ ttl: '60s' });
    expect(apns!.headers).toMatchObject({ 'apns-expiration': `${NOW_S + 60}` });
    expect(webpush).toMatchObject({ headers: { TTL: '60' } });
  });

  it('lives until its deadline, and is not sent after it', () => {
    const definition = { notify_before: '{{ until }}' };
    expect(one(definition, { ...SCOPE, until: '2026-11-24T12:05:00Z' }).android).toMatchObject({
      ttl: '300s',
    });
    expect(problem(definition, { ...SCOPE, until: '2026-11-24T11:59:59Z' })).toEqual({
      code: 'expired',
      problem: 'notify_before: it was 2026-11-24T11:59:59.000Z',
    });
    expect(problem(definition, { ...SCOPE, until: 'tomorrow' })).toMatchObject({ code: 'message' });
  });

  it.each([
    ['high', 'HIGH', '10'],
    ['normal', 'NORMAL', '5'],
  ] as const)('is of %s priority on every platform', (priority, android, apns) => {
    const message = one({ priority });
    expect(message.android!.priority).toBe(android);
    expect(message.apns!.headers).toMatchObject({ 'apns-priority': apns });
    expect(message.webpush!.headers).toEqual({ Urgency: priority });
  });

  it('has the headers of a platform in the place of our own, however they are spelled', () => {
    const headers = { 'APNS-Priority': '1', urgency: 'very-low' };
    const { apns, webpush } = one({ priority: 'high', ttl_s: 60, apns: { headers }, webpush: { headers } });
    const { 'apns-collapse-id': _tag, ...others } = apns!.headers!;
    expect(others).toEqual({ ...headers, 'apns-expiration': `${NOW_S + 60}` });
    expect(webpush!.headers).toEqual({ ...headers, TTL: '60' });
  });

  it.each([
    ['webpush.fcm_options.link', { webpush: { fcm_options: { link: '{{ x }}' } } }, 'http://shop/1'],
    ['android.notification.event_time', { android: { notification: { event_time: '{{ x }}' } } }, 'today'],
  ])('is none when its %s comes out as FCM would refuse it', (path, definition, x) => {
    const found = problem(definition, { ...SCOPE, x });
    expect(found).toMatchObject({ code: 'message', problem: expect.stringContaining(`${path}: must be`) });
  });

  it('has its collapse key and its label', () => {
    const message = one({ collapse_key: 'orders', analytics_label: 'shop' });
    expect(message.android!.collapse_key).toBe('orders');
    expect(message.fcm_options).toEqual({ analytics_label: 'shop' });
  });

  it('counts what only one platform gets, but not the tag', () => {
    const filler = (bytes: number) => ({ webpush: { notification: { x: 'x'.repeat(bytes) } } });
    // `{"x":""}` has 8 bytes, the texts and data 18 + 5 + 4 + 8 + 3.
    const left =
      4096 - 8 - Buffer.byteLength('Order A-1' + 'Hello Ada' + 'event_id' + 'evt-1' + 'type' + 'a.b');
    expect(problem(filler(left))).toBeUndefined();
    expect(problem(filler(left + 1))).toEqual({
      code: 'message',
      problem: 'the message has 4097 bytes, tokens get at most 4096',
    });
  });

  it('of 300 devices is one for each', () => {
    const recipients = Array.from({ length: 300 }, (_, i): Recipient => ({
      target: { kind: 'token', token: `t${i}` },
    }));
    expect(new Set(composed({}, SCOPE, recipients).map(({ target }) => target)).size).toBe(300);
  });
});

describe('an event is for', () => {
  it.each<[string, Partial<MessageDefinition>, object]>([
    ['the devices of its user', {}, { kind: 'user', userId: 'ada' }],
    [
      'the devices of whom a template finds',
      { target: { user: 'u-{{ order.id }}' } },
      { kind: 'user', userId: 'u-A-1' },
    ],
    [
      'the devices of its user, or a topic',
      { target: { user: '{{ user_id }}', fallback_topic: 'shop-{{ city }}' } },
      { kind: 'user', userId: 'ada', fallback: { kind: 'topic', topic: 'shop-rome' } },
    ],
    [
      'a topic',
      { target: { topic: 'city-{{ city }}' } },
      { kind: 'target', target: { kind: 'topic', topic: 'city-rome' } },
    ],
    [
      'a condition',
      { target: { condition: "'{{ city }}' in topics && !('muted' in topics)" } },
      {
        kind: 'target',
        target: { kind: 'condition', condition: "'rome' in topics && !('muted' in topics)" },
      },
    ],
  ])('%s', (_, definition, expected) => {
    expect(audience(definition)).toEqual({ ok: true, audience: expected });
  });

  it.each([' ', '\n', '\u00a0'])('a user called %j, as any other', (userId) => {
    expect(audience({}, { user_id: userId })).toMatchObject({ ok: true, audience: { kind: 'user', userId } });
  });

  it.each<[Partial<MessageDefinition>, Scope, string]>([
    [{}, {}, 'target.user: line 1, column 4: undefined variable: user_id'],
    [{}, { user_id: '' }, 'target.user: is empty'],
    [{}, { user_id: 'x'.repeat(129) }, 'target.user: has more than 128 characters'],
    [
      { target: { topic: '{{ city }}' } },
      { city: 'new york' },
      'target.topic: line 1, column 1: a value in a topic or condition may have A-Z a-z 0-9 - _ . ~ % only',
    ],
    [{ target: { topic: '{% if a %}a{% endif %}' } }, {}, 'target.topic: is empty'],
    [
      {
        target: {
          condition:
            "{% for i in list %}'{{ i }}' in topics {% unless forloop.last %}||{% endunless %}{% endfor %}",
        },
      },
      { list: ['a', 'b', 'c', 'd', 'e', 'f'] },
      'target.condition: a condition has at most 5 topics',
    ],
  ])('nobody when %j gets %j', (definition, payload, expected) => {
    expect(audience(definition, payload)).toEqual({ ok: false, code: 'message', problem: expected });
  });
});
