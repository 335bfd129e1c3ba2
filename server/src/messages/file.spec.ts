import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartRefused } from '../config/start-up';
import { compose } from './compose';
import { parseMessagesFile, readMessagesFile } from './file';

const SOUND = `
order.shipped:
  title: On its way
  body: |-
    Order {{ order_id }}
    is on its way
  data: { order_id: '{{ order_id }}' }
order.created:
  title: 🍕 طلب
  body: '{{ order_id }}'
`;

function problems(text: string): string[] {
  const parsed = parseMessagesFile(text);
  return parsed.ok ? [] : parsed.problems;
}

it('a file holds a definition for each event type', () => {
  const parsed = parseMessagesFile(SOUND);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  expect(
    [...parsed.messages].map(([type, { definition }]) => [type, definition.title, definition.body]),
  ).toEqual([
    ['order.shipped', 'On its way', 'Order {{ order_id }}\nis on its way'],
    ['order.created', '🍕 طلب', '{{ order_id }}'],
  ]);
});

it("the README's example is one, and does what it says", () => {
  const readme = readFileSync(join(__dirname, '../../../README.md'), 'utf8');
  const parsed = parseMessagesFile(/```yaml\n(order\.shipped:.*?)```/s.exec(readme)![1]!);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const message = parsed.messages.get('order.shipped')!;
  const payload = {
    order_id: 'A-1',
    customer: { id: 'ada', language: 'de' },
    items: [{ sku: 's' }],
    delivered_at: '2026-11-24T18:00:00Z',
  };
  expect(message.checkPayload(payload)).toEqual([]);
  expect(message.checkPayload({ order_id: 'A-1', customer: {} })).toEqual([
    { field: 'customer.id', message: 'is missing' },
  ]);
  const event = { eventId: 'e', source: 'default', type: 'order.shipped', round: 0, payload };
  const target = { kind: 'token', token: 't' } as const;
  const noon = Date.parse('2026-11-24T12:00:00Z');
  expect(compose(message, event, [{ target }, { target, locale: 'ar-EG' }], noon)).toMatchObject({
    ok: true,
    messages: [
      {
        notification: { title: 'Unterwegs', body: 'Bestellung A-1' },
        data: { items: '[{"sku":"s"}]' },
        android: { ttl: '21600s', collapse_key: 'shipping', notification: { channel_id: 'orders' } },
      },
      { notification: { title: 'في الطريق', body: 'Order A-1 with our van' } },
    ],
  });
});

describe('a file is refused with the line', () => {
  it.each([
    ['order.shipped:\n  title: [', 'line 2: '],
    ['a:\n  title: A\n  title: B', 'line 3: Map keys must be unique'],
    ['a:\n  title: A\n', 'line 2: a body: is missing'],
    ['a:\n  title: A\n  body: "{{"\n', 'line 3: a body: line 1, column 1: '],
    [
      'a:\n  title: A\n  body: B\n  locales:\n    de:\n      title: "x"\n      body: "{{ x | no }}"\n',
      'line 7: a locales.de.body: line 1, column 1: undefined filter: no',
    ],
    ['a b:\n  title: A\n  body: B\n', 'line 2: a b: an event type is '],
    ['a:\n  title: A\n  body: B\nb: 7\n', 'line 4: b: must be object'],
    [
      ['a', 'b', 'c', 'd', 'e']
        .map((key) => `${key}: { title: A, body: B, collapse_key: ${key} }`)
        .join('\n'),
      'line 5: e collapse_key: would be one more than the 4',
    ],
    ['- a', 'must be a mapping of event types to definitions'],
    ['', 'must be a mapping of event types to definitions'],
  ])('%j', (text, expected) => {
    expect(problems(text)[0]).toContain(expected);
  });

  it('and told everything that is wrong in it', () => {
    expect(problems('a:\n  title: "{{"\n  body: B\nb:\n  title: A\n  body: "{{"\n')).toHaveLength(2);
  });
});

describe('a path', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'herald-messages-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('is read', () => {
    const path = join(dir, 'sound.yaml');
    writeFileSync(path, SOUND);
    expect([...readMessagesFile(path).keys()]).toEqual(['order.shipped', 'order.created']);
  });

  it('to nothing, or to a file that is wrong, is told with everything to mend', () => {
    expect(() => readMessagesFile(join(dir, 'none.yaml'))).toThrow(StartRefused);
    const path = join(dir, 'wrong.yaml');
    writeFileSync(path, 'a:\n  title: A\n');
    expect(() => readMessagesFile(path)).toThrow(
      `MESSAGES_FILE ${path} cannot be used:\n  line 2: a body: is missing`,
    );
  });
});
