import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { keptCertificates } from '../../../../e2e/simulator/certificates';
import type { Simulator, SimulatorOptions } from '../../../../e2e/simulator/simulator';
import { OWNER, type SimulatorClient, startClient } from '../../../test/fcm-simulator';

const DAY_MS = 86_400_000;
const SEND = '/v1/projects/shop/messages:send';

let client: SimulatorClient;
let simulator: Simulator;
const cleanUp: (() => unknown)[] = [];

afterEach(async () => {
  for (const task of cleanUp.splice(0).reverse()) await task();
});

async function start(options: SimulatorOptions = {}): Promise<void> {
  client = await startClient(options);
  ({ simulator } = client);
  cleanUp.push(() => client.close());
}

const ask: SimulatorClient['ask'] = (...given) => client.ask(...given);
const post = (body: unknown) => client.post(body);
const sendTo = (token: string, eventId = 'evt-1') =>
  post({ message: { token, data: { event_id: eventId } } });

describe('the simulator, asked to send', () => {
  beforeEach(() => start());

  it('answers as FCM does', async () => {
    const reply = await sendTo('phone');
    expect(reply).toMatchObject({
      status: 200,
      json: { name: expect.stringMatching(/^projects\/shop\/messages\/0:\d+$/) },
    });
  });

  it('wants an access token', async () => {
    const reply = await ask('POST', SEND, { message: { token: 'phone' } });
    expect(reply).toMatchObject({ status: 401, json: { error: { status: 'UNAUTHENTICATED' } } });
    expect(simulator.received()).toEqual([]);
  });

  it('speaks HTTP/1.1 to whoever cannot speak HTTP/2', async () => {
    const old = new Agent({ connect: { ca: simulator.ca }, allowH2: false });
    cleanUp.push(() => old.close());
    await request(simulator.url + SEND, {
      method: 'POST',
      body: JSON.stringify({ message: { token: 'phone' } }),
      headers: OWNER,
      dispatcher: old,
    });
    await sendTo('phone');
    expect(simulator.stats().by_protocol).toEqual({ '1.1': 1, '2.0': 1 });
  });

  it.each<[string, unknown, string]>([
    ['no target', { message: {} }, 'message'],
    ['two targets', { message: { token: 'a', topic: 'b' } }, 'message'],
    ['no message', {}, 'message'],
    ['an unknown field', { message: { token: 'a', colour: 'red' } }, 'message'],
    [
      'an unknown field further down',
      { message: { token: 'a', android: { notification: { x: 1 } } } },
      'message.android.notification',
    ],
    ['data that is not text', { message: { token: 'a', data: { total: 12 } } }, 'message.data'],
    ['a reserved data key', { message: { token: 'a', data: { 'google.x': '1' } } }, 'message.data'],
    [
      'a title that is not text',
      { message: { token: 'a', notification: { title: 1 } } },
      'message.notification.title',
    ],
    ['a bad topic name', { message: { topic: 'a b' } }, 'message.topic'],
    ['more than 4,096 bytes', { message: { token: 'a', data: { k: 'x'.repeat(4096) } } }, 'message'],
    [
      'more than 2,048 bytes for a topic',
      { message: { topic: 'a', data: { k: 'x'.repeat(2048) } } },
      'message',
    ],
    [
      'an unknown priority',
      { message: { token: 'a', android: { priority: 'URGENT' } } },
      'message.android.priority',
    ],
    [
      'a life of more than four weeks',
      { message: { token: 'a', android: { ttl: '2419201s' } } },
      'message.android.ttl',
    ],
    ['a life below zero', { message: { token: 'a', android: { ttl: '-1s' } } }, 'message.android.ttl'],
    ['a life without a unit', { message: { token: 'a', android: { ttl: '60' } } }, 'message.android.ttl'],
    [
      'a reserved key in the data of one platform',
      { message: { token: 'a', android: { data: { from: 'x' } } } },
      'message.android.data',
    ],
    [
      'more than 4,096 bytes for one platform',
      { message: { token: 'a', apns: { payload: { aps: { alert: 'x'.repeat(4096) } } } } },
      'message',
    ],
    ['a condition that is none', { message: { condition: "'a' in topics &&" } }, 'message.condition'],
    [
      'a condition of six topics',
      { message: { condition: [1, 2, 3, 4, 5, 6].map((n) => `'t${n}' in topics`).join(' || ') } },
      'message.condition',
    ],
    [
      'a colour by its name',
      { message: { token: 'a', android: { notification: { color: 'red' } } } },
      'message.android.notification.color',
    ],
    [
      'a link that is not encrypted',
      { message: { token: 'a', webpush: { fcm_options: { link: 'http://example.com' } } } },
      'message.webpush.fcm_options.link',
    ],
    [
      'a label that is none',
      { message: { token: 'a', fcm_options: { analytics_label: 'no spaces' } } },
      'message.fcm_options.analytics_label',
    ],
    [
      'lights without a colour',
      {
        message: {
          token: 'a',
          android: {
            notification: { light_settings: { light_on_duration: '1s', light_off_duration: '1s' } },
          },
        },
      },
      'message.android.notification.light_settings.color',
    ],
    [
      'a count that is not whole',
      { message: { token: 'a', android: { notification: { notification_count: 1.5 } } } },
      'message.android.notification.notification_count',
    ],
    ['something other than JSON', '{', ''],
    ['an array', [], ''],
  ])('refuses a message with %s', async (_, body, field) => {
    const { status, json } = await post(body);
    expect(status).toBe(400);
    expect(json.error?.status).toBe('INVALID_ARGUMENT');
    const violations = json.error?.details?.flatMap(({ fieldViolations = [] }) => fieldViolations);
    expect(violations).toEqual([expect.objectContaining({ field })]);
    expect(simulator.received()).toEqual([]);
  });

  it('takes every field by its name in camel case too, and leaves keys of maps alone', async () => {
    const reply = await post({
      message: {
        token: 'a',
        data: { orderId: '1' },
        android: { collapseKey: 'k', ttl: '3.5s', notification: { clickAction: 'x', bodyLocArgs: ['y'] } },
        apns: { payload: { aps: { anyThing: 1 } }, headers: { 'apns-priority': '10' } },
        webpush: { notification: { requireInteraction: true }, fcmOptions: { link: 'https://example.com' } },
      },
      validateOnly: true,
    });
    expect(reply.json).toEqual({ name: 'projects/shop/messages/fake_message_id' });
    expect(simulator.received()).toMatchObject([{ data: { orderId: '1' }, validate_only: true }]);
  });

  it.each([
    ['4,096 bytes', { token: 'a', data: { k: 'ä'.repeat(2047) + 'x' } }],
    ['2,048 bytes to a topic', { topic: 'a', data: { k: 'x'.repeat(2047) } }],
    ['five topics', { condition: [1, 2, 3, 4, 5].map((n) => `'t${n}' in topics`).join(' && ') }],
    ['no time to wait', { token: 'a', android: { ttl: '0s' } }],
    ['a field that is null', { token: 'a', notification: null, android: { ttl: null } }],
    ['an installation id', { fid: 'cX1' }],
  ])('takes a message with %s, which is allowed', async (_, message) => {
    expect(await post({ message })).toMatchObject({ status: 200 });
  });

  it('misbehaves as often as the token says, then works', async () => {
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await sendTo('unavailable-2x-phone')).status);
    expect(statuses).toEqual([503, 503, 200, 200]);
    expect((await sendTo('unavailable-2x-tablet')).status).toBe(503);
  });
});

describe('the rules of the simulator', () => {
  beforeEach(() => start());

  it('make a token that fails work, and a token that works fail', async () => {
    expect((await sendTo('unregistered-1')).status).toBe(404);
    await ask('PUT', '/simulator/rules', { token_prefix: 'unregistered-1', behaviour: 'ok' });
    await ask('PUT', '/simulator/rules', { token_prefix: 'phone', behaviour: 'quota-3' });
    expect((await sendTo('unregistered-1')).status).toBe(200);
    expect((await sendTo('phone-1')).status).toBe(429);
    expect((await sendTo('tablet')).status).toBe(200);
  });

  it('reach topics, and everything at once; the longest prefix wins', async () => {
    simulator.steer('', 'unavailable');
    simulator.steer('/topics/orders', 'ok');
    expect((await sendTo('phone')).status).toBe(503);
    expect((await post({ message: { topic: 'orders' } })).status).toBe(200);
  });

  it('can be taken back one by one and all together', async () => {
    await ask('PUT', '/simulator/rules', { token_prefix: 'a', behaviour: 'internal' });
    await ask('PUT', '/simulator/rules', { token_prefix: 'b', behaviour: 'internal' });
    await ask('PUT', '/simulator/rules', { token_prefix: 'a', behaviour: null });
    expect((await ask('GET', '/simulator/rules')).json.items).toEqual([
      { token_prefix: 'b', behaviour: 'internal' },
    ]);
    await ask('DELETE', '/simulator/rules');
    expect((await ask('GET', '/simulator/rules')).json.items).toEqual([]);
    expect((await sendTo('b')).status).toBe(200);
  });

  it.each([
    ['{'],
    [{}],
    [{ token_prefix: 'a', behaviour: 'explode' }],
    [{ token_prefix: 'a', behaviour: 7 }],
    ['null'],
  ])('that make no sense are refused: %p', async (rule) => {
    expect((await ask('PUT', '/simulator/rules', rule)).status).toBe(400);
    expect(() => simulator.steer('a', 'explode')).toThrow('no such behaviour');
  });
});

describe('the memory of the simulator', () => {
  it('tells what came in which order, from a number on and by event', async () => {
    await start();
    await sendTo('phone', 'evt-1');
    await sendTo('unregistered', 'evt-1');
    await sendTo('phone', 'evt-2');
    const { json } = await ask('GET', '/simulator/messages?since=1');
    expect(json).toMatchObject({
      items: [
        { seq: 2, answer: 'UNREGISTERED' },
        { seq: 3, answer: 'OK' },
      ],
      next_since: 3,
    });
    expect((await ask('GET', '/simulator/messages?event_id=evt-1')).json.items).toHaveLength(2);
    expect((await ask('GET', '/simulator/messages?limit=1')).json).toMatchObject({
      items: [{ seq: 1 }],
      next_since: 1,
    });
    expect((await ask('GET', '/simulator/events')).json.items).toEqual([
      { event_id: 'evt-1', received: 2, delivered: 1 },
      { event_id: 'evt-2', received: 1, delivered: 1 },
    ]);
    expect((await ask('GET', '/simulator/stats')).json).toMatchObject({
      received: 3,
      by_answer: { OK: 2, UNREGISTERED: 1 },
      open: 0,
    });
  });

  it('can be emptied, without a number being given twice', async () => {
    await start();
    await sendTo('phone');
    await ask('DELETE', '/simulator/messages');
    await sendTo('phone');
    expect(simulator.received().map(({ seq }) => seq)).toEqual([2]);
  });

  it('is bounded: the oldest messages are forgotten', async () => {
    await start({ remember: 3 });
    for (let n = 1; n <= 8; n++) await sendTo('phone', `evt-${n}`);
    expect(simulator.received().map(({ seq }) => seq)).toEqual([6, 7, 8]);
    expect(simulator.events().map(({ event_id }) => event_id)).toEqual(['evt-6', 'evt-7', 'evt-8']);
  });

  it('is shown to people as notifications, with everything escaped and no whole token', async () => {
    await start();
    await post({
      message: { token: 'a-long-token-123456', notification: { title: '<script>', body: '"&"' } },
    });
    const { body, status } = await ask('GET', '/');
    expect(status).toBe(200);
    expect(body).toContain('>&lt;script&gt;</h3>');
    expect(body).toContain('&quot;&amp;&quot;');
    expect(body).toContain('…123456');
    expect(body).not.toContain('a-long-token');
  });

  it('knows nothing of other addresses', async () => {
    await start();
    expect(await ask('GET', '/v2/x')).toMatchObject({
      status: 404,
      json: { error: { status: 'NOT_FOUND' } },
    });
  });
});

describe('the certificates of the simulator', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'herald-simulator-')), 'certificates');
    cleanUp.push(() => rmSync(folder, { recursive: true }));
  });

  it('are made once and kept', async () => {
    const made = await keptCertificates(folder);
    expect(await keptCertificates(folder)).toEqual(made);
    expect(readFileSync(join(folder, 'ca.pem'), 'utf8')).toBe(made.ca);
  });

  it('are made anew in the week before they end', async () => {
    const now = Date.now();
    const made = await keptCertificates(folder, now);
    expect(await keptCertificates(folder, now + 357 * DAY_MS)).toEqual(made);
    expect((await keptCertificates(folder, now + 359 * DAY_MS)).cert).not.toBe(made.cert);
  });

  it('are made anew when a file is damaged', async () => {
    const made = await keptCertificates(folder);
    writeFileSync(join(folder, 'cert.pem'), made.cert.slice(0, 100));
    expect((await keptCertificates(folder)).cert).not.toBe(made.cert);
  });

  it('are those of the program, which says where it listens and ends when it is told to', async () => {
    const program = spawn(process.execPath, [resolve(__dirname, '../../../../e2e/simulator/main.ts')], {
      env: { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_CERT_DIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    cleanUp.push(() => program.kill('SIGKILL'));
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    const line = String((await lines.next()).value);
    const url = /^FCM simulator listening on (https:\/\/localhost:\d+)$/.exec(line)?.[1] ?? '';
    const trusting = new Agent({ connect: { ca: readFileSync(join(folder, 'ca.pem'), 'utf8') } });
    cleanUp.push(() => trusting.destroy());
    expect((await request(`${url}/simulator/stats`, { dispatcher: trusting })).statusCode).toBe(200);
    const ended = new Promise((done) => program.once('exit', done));
    program.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
