import type { Message } from '../../../../e2e/simulator/check-message';
import { Inbox } from '../../../../e2e/simulator/inbox';
import { type SimulatorClient, startClient } from '../../../test/fcm-simulator';

const START = Date.parse('2026-11-24T12:00:00Z');
const DAY_MS = 86_400_000;

let inbox: Inbox;
let sent: number;
beforeEach(() => {
  inbox = new Inbox(100);
  sent = 0;
});

function deliver(token: string, message: Message, now = START): void {
  inbox.deliver(token, { id: `0:${++sent}`, message: { notification: { title: 'Hello' }, ...message } }, now);
}
const on = (token: string) => inbox.list({ token })[0]!;

const TAGGED: Record<string, (tag: string) => Message> = {
  phone: (tag) => ({ android: { notification: { tag } } }),
  'ios-phone': (tag) => ({ apns: { headers: { 'apns-collapse-id': tag } } }),
  'web-browser': (tag) => ({ webpush: { notification: { tag } } }),
};

describe.each(Object.keys(TAGGED))('on the screen of a %s', (token) => {
  const tagged = TAGGED[token]!;

  it('a notification with the same tag takes the place of the first, without ringing', () => {
    deliver(token, tagged('a'), START);
    deliver(token, { ...tagged('a'), notification: { title: 'Again' } }, START + 1000);
    expect(on(token)).toMatchObject({
      rings: 1,
      replaced: 1,
      arrived: 2,
      shown_twice: [],
      notifications: [
        {
          title: 'Again',
          tag: 'a',
          times: 2,
          first_shown_at: '2026-11-24T12:00:00.000Z',
          shown_at: '2026-11-24T12:00:01.000Z',
        },
      ],
    });
  });

  it('one with another tag, or with none, is another one and rings', () => {
    for (const message of [tagged('a'), tagged('b'), {}, {}]) deliver(token, message);
    expect(on(token)).toMatchObject({ rings: 4, replaced: 0 });
    expect(on(token).notifications.map(({ tag }) => tag)).toEqual([undefined, undefined, 'b', 'a']);
  });

  it("another platform's tag means nothing", () => {
    for (const [other, tag] of Object.entries(TAGGED))
      if (other !== token) for (let n = 0; n < 2; n++) deliver(token, tag('a'));
    expect(on(token).rings).toBe(4);
  });

  it('an event without a tag that comes twice is seen twice, and said so', () => {
    for (let n = 0; n < 2; n++) deliver(token, { data: { event_id: 'evt-1' } });
    expect(on(token).shown_twice).toEqual(['evt-1']);
    expect(inbox.totals()).toMatchObject({ shown: 2, rings: 2, shown_twice: 1 });
  });
});

describe('a notification', () => {
  it("has the platform's own texts before those for all", () => {
    const message = {
      notification: { title: 'All', body: 'all' },
      android: { notification: { title: 'Android' } },
      apns: { payload: { aps: { alert: { title: 'Apple' } } } },
      webpush: { notification: { title: 'Web', body: 'web' } },
    };
    for (const token of Object.keys(TAGGED)) deliver(token, message);
    expect(Object.keys(TAGGED).map((token) => on(token).notifications[0])).toMatchObject([
      { title: 'Android', body: 'all' },
      { title: 'Apple', body: 'all' },
      { title: 'Web', body: 'web' },
    ]);
  });

  it('is none when there is only data: the app sees it, the person does not', () => {
    inbox.deliver('phone', { id: '1', message: { data: { a: '1' } } }, START);
    expect(on('phone')).toMatchObject({ arrived: 1, silent: 1, rings: 0, notifications: [] });
  });

  it('that was wiped away rings when it comes again', () => {
    const message = { android: { notification: { tag: 'a' } } };
    deliver('phone', message);
    inbox.dismiss('phone');
    expect(on('phone').notifications).toEqual([]);
    deliver('phone', message);
    expect(on('phone')).toMatchObject({ rings: 2, replaced: 0 });
  });
});

describe('a device that is offline', () => {
  const away = (token: string) => inbox.set(token, { online: false }, START);
  const back = (token: string, now: number) => inbox.set(token, { online: true }, now);

  it('gets what it missed when it is back', () => {
    away('phone');
    deliver('phone', {});
    expect(on('phone')).toMatchObject({ online: false, waiting: 1, rings: 0, notifications: [] });
    back('phone', START + 27 * DAY_MS);
    expect(on('phone')).toMatchObject({ online: true, waiting: 0, rings: 1, arrived: 1 });
  });

  it.each<[string, string, Message, number]>([
    ['after four weeks', 'phone', {}, 28 * DAY_MS],
    ['after its TTL', 'phone', { android: { ttl: '60s' } }, 60_000],
    ['at once with a TTL of 0', 'phone', { android: { ttl: '0s' } }, 0],
    ["after Apple's 30 days", 'ios-phone', {}, 30 * DAY_MS],
    [
      'at its apns-expiration',
      'ios-phone',
      { apns: { headers: { 'apns-expiration': String(START / 1000 + 5) } } },
      5000,
    ],
    ["after the web's TTL", 'web-browser', { webpush: { headers: { TTL: '5' } } }, 5000],
  ])('never gets what expired %s', (_, token, message, lifeMs) => {
    away(token);
    deliver(token, message);
    if (lifeMs > 0) {
      inbox.set(token, { online: true }, START + lifeMs - 1);
      expect(on(token)).toMatchObject({ arrived: 1, expired: 0 });
      away(token);
      deliver(token, message);
    }
    back(token, START + lifeMs);
    expect(on(token)).toMatchObject({ arrived: lifeMs > 0 ? 1 : 0, expired: 1, waiting: 0 });
  });

  it.each<[string, Message]>([
    ['phone', { android: { collapse_key: 'k' } }],
    ['ios-phone', { apns: { headers: { 'apns-collapse-id': 'k' } } }],
    ['web-browser', { webpush: { headers: { Topic: 'k' } } }],
  ])('gets the last one with a collapse key: %s', (token, message) => {
    away(token);
    for (const title of ['first', 'second']) deliver(token, { ...message, notification: { title } });
    back(token, START + 1);
    expect(on(token)).toMatchObject({ rings: 1, collapsed: 1, notifications: [{ title: 'second' }] });
  });

  it('has at most four collapse keys waiting', () => {
    away('phone');
    for (const collapse_key of ['a', 'b', 'c', 'd', 'e'])
      deliver('phone', { android: { collapse_key }, notification: { title: collapse_key } });
    back('phone', START + 1);
    expect(on('phone').notifications.map(({ title }) => title)).toEqual(['e', 'd', 'c', 'b']);
    expect(on('phone').collapsed).toBe(1);
  });

  it('loses everything when more than a hundred wait', () => {
    away('phone');
    for (let n = 0; n < 100; n++) deliver('phone', {});
    expect(on('phone').waiting).toBe(100);
    deliver('phone', {});
    back('phone', START + 1);
    expect(on('phone')).toMatchObject({ arrived: 0, dropped: 101 });
  });
});

describe('the memory of screens', () => {
  it('is bounded: who got nothing for the longest is forgotten, and the oldest notification', () => {
    inbox = new Inbox(2);
    for (const token of ['a', 'b', 'a', 'c']) deliver(token, {});
    expect(inbox.list().map(({ token }) => token)).toEqual(['c', 'a']);
    expect(inbox.totals()).toMatchObject({ devices: 2, forgotten: 1 });
    for (let n = 0; n < 150; n++) deliver('a', {});
    expect(on('a')).toMatchObject({ rings: 152, notifications: { length: 100 } });
  });

  it('keeps nothing when nothing is to be remembered', () => {
    inbox = new Inbox(0);
    deliver('a', {});
    expect(inbox.totals()).toMatchObject({ devices: 0, forgotten: 0 });
  });
});

describe('screens over HTTP', () => {
  let client: SimulatorClient;
  beforeEach(async () => {
    client = await startClient();
  });
  afterEach(() => client.close());

  it('are listed, by token and by event', async () => {
    await client.send({ token: 'a', data: { event_id: 'evt-1' } });
    await client.send({ token: 'b', data: { event_id: 'evt-2' } });
    const all = await client.ask('GET', '/simulator/inbox');
    expect(all.json).toMatchObject({
      devices: 2,
      shown: 2,
      rings: 2,
      items: [{ token: 'b' }, { token: 'a' }],
    });
    const one = await client.ask('GET', '/simulator/inbox?token=a');
    expect(one.json.items).toMatchObject([
      { token: 'a', notifications: [{ title: 'Hello', event_id: 'evt-1' }] },
    ]);
    const event = await client.ask('GET', '/simulator/inbox?event_id=evt-2');
    expect(event.json.items).toMatchObject([{ token: 'b' }]);
    expect((await client.ask('GET', '/simulator/inbox?token=nobody')).json.items).toEqual([]);
  });

  it('are not reached by what is only checked', async () => {
    await client.post({ message: { token: 'a', notification: { title: 'x' } }, validate_only: true });
    expect(client.simulator.inboxTotals().devices).toBe(0);
  });

  it('are switched off and on, and wiped', async () => {
    const put = (body: object) => client.ask('PUT', '/simulator/devices', body);
    await put({ token: 'a', online: false, platform: 'ios' });
    await client.send({ token: 'a' });
    expect((await put({ token: 'a', online: true })).json.items).toMatchObject([
      { platform: 'ios', rings: 1 },
    ]);
    expect((await client.ask('DELETE', '/simulator/inbox?token=a')).json).toMatchObject({
      shown: 0,
      rings: 1,
    });
    expect((await client.ask('DELETE', '/simulator/devices')).json).toMatchObject({ devices: 0 });
  });

  it.each([{}, { token: '' }, { token: 'a', platform: 'fax' }, { token: 'a', online: 'yes' }])(
    'are not switched by %p',
    async (body) => {
      expect((await client.ask('PUT', '/simulator/devices', body)).status).toBe(400);
    },
  );
});
