import type { FieldProblem, MessageDefinition } from '../contract';
import { BUILT_IN, isEventType } from './built-in';
import { compileDefinition } from './compile';

const TEXTS = { title: 'A', body: 'B' };

function problems(definition: unknown): FieldProblem[] {
  const compiled = compileDefinition(definition);
  return compiled.ok ? [] : compiled.problems;
}
const withTexts = (more: object) => problems({ ...TEXTS, ...more });

/** Everything a definition can say. */
const FULL: MessageDefinition = {
  title: '{{ name | default: "Hello" }}',
  body: '{% if late %}Late{% else %}In time{% endif %}',
  fallback: TEXTS,
  locales: { de: { title: 'Hallo' }, 'pt-BR': TEXTS },
  locale: '{{ user.locale }}',
  data: { url: 'app://{{ id }}' },
  target: { user: '{{ user.id }}', fallback_topic: 'shop-{{ shop }}' },
  android: {
    direct_boot_ok: true,
    notification: {
      channel_id: 'orders',
      color: '#ff8800',
      image: '{{ image }}',
      body_loc_args: ['{{ a }}'],
    },
  },
  apns: { headers: { 'apns-push-type': 'alert' }, payload: { aps: { badge: 1, sound: 'default' } } },
  webpush: {
    headers: { Topic: 't' },
    notification: { icon: '/i.png' },
    fcm_options: { link: 'https://a/{{ id }}' },
  },
  ttl_s: 3600,
  notify_before: '{{ at }}',
  collapse_key: 'orders',
  priority: 'high',
  analytics_label: 'orders',
  payload: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
};

it('a definition may say all of this', () => {
  expect(problems(FULL)).toEqual([]);
});

it.each([
  'https://shop/1',
  'HTTPS://shop',
  'https://{{ host }}/1',
  '{{ link }}',
  '',
  '\n{%- if a -%}https://a{%- endif -%}',
])('a link may be %j', (link) => {
  expect(withTexts({ webpush: { fcm_options: { link } } })).toEqual([]);
});

it.each([
  '2026-11-24T12:00:00Z',
  '2024-02-29T23:59:59.123456789+05:30',
  '{{ at }}',
  '2026-11-24T{{ time }}Z',
])('the time of an event may be %s', (event_time) => {
  expect(withTexts({ android: { notification: { event_time } } })).toEqual([]);
});

it.each(Object.keys(BUILT_IN))('the built-in %s is one like any other', (type) => {
  expect(problems(BUILT_IN[type])).toEqual([]);
});

describe('a definition is refused with the field that is wrong', () => {
  it.each<[string, unknown, string, string]>([
    ['no object', [], '', 'must be object'],
    ['nothing at all', undefined, '', 'must be object'],
    ['without a body', { title: 'A' }, 'body', 'is missing'],
    [
      'too long for any payload',
      { ...TEXTS, data: { a: '訂'.repeat(1365) } },
      '',
      'title, body and data have 4098 bytes, a message at most 4096',
    ],
    ['with an empty title', { title: '', body: 'B' }, 'title', 'must NOT have fewer than 1 characters'],
    ['with a title that is a number', { title: 1, body: 'B' }, 'title', 'must be string'],
    ['with what nobody knows', { ...TEXTS, tilte: 'A' }, 'tilte', 'is not known here'],
    ['with too much', { ...TEXTS, body: 'x'.repeat(33_000) }, '', 'a definition has at most 32768 bytes'],
    [
      'with half a surrogate pair',
      { title: '\ud83c', body: 'B' },
      'title',
      'half a surrogate pair is no text',
    ],
  ])('%s', (_, definition, field, message) => {
    expect(problems(definition)).toEqual([{ field, message }]);
  });

  it.each<[string, object, string, string | RegExp]>([
    ['a template', { body: 'a\n{{ x | shout }}' }, 'body', 'line 2, column 1: undefined filter: shout'],
    ['a variant', { locales: { de: { title: '{{' } } }, 'locales.de.title', /^line 1, column 1: /],
    ['a fallback', { fallback: { title: 'A', body: '{% x %}' } }, 'fallback.body', /^line 1, column 1: /],
    ['half a fallback', { fallback: { title: 'A' } }, 'fallback.body', 'is missing'],
    ['a locale', { locales: { 'de DE': TEXTS } }, 'locales.de DE', 'is no name that may stand here'],
    ['an empty variant', { locales: { de: {} } }, 'locales.de', 'must NOT have fewer than 1 properties'],
    ['data that is no text', { data: { a: 1 } }, 'data.a', 'must be string'],
    ['a data template', { data: { a: '{{' } }, 'data.a', /^line 1/],
    [
      'an option template',
      { apns: { payload: { aps: { alert: '{{' } } } },
      'apns.payload.aps.alert',
      /^line 1/,
    ],
    ['a key of ours', { data: { event_id: 'x' } }, 'data.event_id', 'is set by Herald'],
    ...['from', 'message_type', 'google.a', 'gcm.b'].map((key): [string, object, string, string] => [
      key,
      { data: { [key]: '' } },
      `data.${key}`,
      'is reserved by FCM',
    ]),
    [
      'a long key',
      { data: { ['x'.repeat(257)]: '' } },
      `data.${'x'.repeat(257)}`,
      'a key has 1 to 256 characters',
    ],
    ['a long life', { ttl_s: 2_419_201 }, 'ttl_s', 'must be <= 2419200'],
    ['a negative life', { ttl_s: -1 }, 'ttl_s', 'must be >= 0'],
    ['a life in text', { ttl_s: '60' }, 'ttl_s', 'must be integer'],
    ['a topic', { target: { topic: '/topics/a' } }, 'target.topic', /^a topic may have/],
    ['a topic around its values', { target: { topic: 'a b {{ c }}' } }, 'target.topic', /^a topic may have/],
    [
      'a condition of six topics',
      { target: { condition: Array(6).fill("'{{ a }}' in topics").join('||') } },
      'target.condition',
      'a condition has at most 5 topics',
    ],
    ['two targets', { target: { topic: 'a', user: 'b' } }, 'target.user', 'is not known here'],
    ['a collapse key', { collapse_key: 'ü' }, 'collapse_key', /^must match pattern/],
    ['a priority', { priority: 'urgent' }, 'priority', 'must be one of normal, high'],
    ['a label', { analytics_label: 'a b' }, 'analytics_label', /^must match pattern/],
    [
      'a colour',
      { android: { notification: { color: 'red' } } },
      'android.notification.color',
      /^must match/,
    ],
    ['an option', { android: { ttll: '1s' } }, 'android.ttll', 'is not known here'],
    ['a time to live of an option', { android: { ttl: '1s' } }, 'android.ttl', 'use ttl_s'],
    ['a tag', { webpush: { notification: { tag: 'x' } } }, 'webpush.notification.tag', /^is set by Herald/],
    [
      'a collapse id by another spelling',
      { apns: { headers: { 'APNS-Collapse-Id': 'x' } } },
      'apns.headers.APNS-Collapse-Id',
      /^is set by Herald/,
    ],
    ...['http://shop/1', 'shop/1', 'https:', 'http://{{ host }}/1', '/orders/{{ id }}'].map(
      (link): [string, object, string, RegExp] => [
        `the link ${link}`,
        { webpush: { fcm_options: { link } } },
        'webpush.fcm_options.link',
        /^must begin with https:/,
      ],
    ),
    ...['today', '2026-11-24', '2026-11-24T12:00:00', '2026-02-30T12:00:00Z', '1796000000'].map(
      (event_time): [string, object, string, RegExp] => [
        `the time ${event_time}`,
        { android: { notification: { event_time } } },
        'android.notification.event_time',
        /RFC 3339/,
      ],
    ),
    ['data of a platform', { android: { data: { a: 'b' } } }, 'android.data', /use data$/],
    ['a schema that is none', { payload: { type: 'text' } }, 'payload', /type/],
    ['a schema with a typing error', { payload: { requierd: ['a'] } }, 'payload', /unknown keyword/],
    [
      'a pattern',
      { payload: { properties: { a: { pattern: '(a+)+$' } } } },
      'payload.properties.a.pattern',
      /regular/,
    ],
    ['a reference', { payload: { $ref: 'https://x/y.json' } }, 'payload.$ref', /^references are not taken/],
  ])('%s', (_, more, field, message) => {
    expect(withTexts(more)).toContainEqual({
      field,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  it('and told everything that is wrong, up to twenty', () => {
    const data = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, '{{']));
    expect(withTexts({ title: '{{', data })).toHaveLength(20);
    expect(withTexts({ title: '{{', body: '{{' }).map(({ field }) => field)).toEqual(['title', 'body']);
  });
});

describe('the name of an event type', () => {
  it.each(['order.created', 'a', 'Order_shipped-2', 'x'.repeat(64), 'constructor'])('may be %s', (name) => {
    expect(isEventType(name)).toBe(true);
  });

  it.each(['', '.a', 'a.', 'a..b', 'a b', 'ü', '__proto__', 'a/b', 'x'.repeat(65), 'a\n'])(
    'cannot be %j',
    (name) => {
      expect(isEventType(name)).toBe(false);
    },
  );
});
