import { type Simulator, startSimulator } from '../../../e2e/simulator/simulator';
import { ask } from '../../test/admin';
import { startApi, type TestApi, useApi } from '../../test/api';
import { expectProblem, send } from '../../test/http';
import { post } from '../../test/webhooks';
import type {
  MessageDefinition,
  MessageDetail,
  MessageHistory,
  MessageList,
  MessagePreview,
} from '../contract';
import { Devices } from '../devices/devices';
import { Pruning } from '../devices/pruning';

const api = useApi();
const PATH = '/api/admin/messages';
const SHIPPED: MessageDefinition = {
  title: 'On its way',
  body: 'Order {{ order_id }} 🍕',
  locales: { ar: { title: 'في الطريق' } },
  target: { user: '{{ user_id }}' },
  payload: { required: ['order_id', 'user_id'] },
};
const TOKEN = 'APA91bHPRgkFLJu_secret-a1b2c3';

const put = (type: string, body: unknown, headers = {}) =>
  ask(api, `${PATH}/${type}`, { method: 'PUT', body, headers });
const remove = (type: string, headers = {}) => ask(api, `${PATH}/${type}`, { method: 'DELETE', headers });
const get = (path: string) => ask(api, `${PATH}/${path}`);
const preview = (type: string, body: unknown) =>
  ask(api, `${PATH}/${type}/preview`, { method: 'POST', body });
const webhook = (type: string, body: object) => post(api, body, {}, `/api/webhook/${type}`);

describe('defining an event type', () => {
  it('makes its webhooks welcome at once, and no longer than it is there', async () => {
    const event = { event_id: 'new-1', order_id: 'A-1', user_id: 'ada' };
    expectProblem(await webhook('order.shipped', event), 'unknown_event_type');
    const answer = await put('order.shipped', SHIPPED);
    expect(answer).toMatchObject({
      status: 200,
      headers: { etag: expect.stringMatching(/^"\d+"$/) },
      body: { event_type: 'order.shipped', origin: 'redis', definition: SHIPPED },
    });
    expect((await webhook('order.shipped', event)).status).toBe(202);
    const details = [{ field: 'user_id', message: 'is missing' }];
    expectProblem(await webhook('order.shipped', { event_id: 'new-2', order_id: 'A' }), 'invalid_payload', {
      details,
    });
    expect((await remove('order.shipped')).status).toBe(204);
    expectProblem(await webhook('order.shipped', { ...event, event_id: 'new-3' }), 'unknown_event_type');
  });

  it('is refused with the field and the line of what is wrong', async () => {
    const answer = await put('order.wrong', { title: 'A', body: 'Hello\n{{ name | shout }}', ttl_s: -1 });
    expectProblem(answer, 'invalid_payload', { details: [{ field: 'ttl_s', message: 'must be >= 0' }] });
    expectProblem(
      await put('order.wrong', { title: 'A', body: 'Hello\n{{ name | shout }}' }),
      'invalid_payload',
      {
        details: [{ field: 'body', message: 'line 2, column 1: undefined filter: shout' }],
      },
    );
    expect((await get('order.wrong')).status).toBe(404);
  });

  it.each(['__proto__', 'a%20b', 'a..b', 'x'.repeat(65)])('is refused for the name %s', async (type) => {
    expectProblem(await put(type, SHIPPED), 'invalid_payload', {
      details: [{ field: 'event_type', message: expect.stringContaining('at most 64') }],
    });
  });

  it('with a body that is no JSON is refused', async () => {
    expectProblem(await put('order.wrong', '{'), 'invalid_json');
  });
});

describe('a change', () => {
  it('meant for another version is a conflict', async () => {
    const first = await put('order.paid', SHIPPED, { 'if-none-match': '*' });
    const stale = { 'if-match': '"999999"' };
    expectProblem(await put('order.paid', { ...SHIPPED, title: 'X' }, stale), 'version_conflict');
    // What is there already is what was wanted.
    expect((await put('order.paid', SHIPPED, stale)).body).toEqual(first.body);
    const etag = first.headers.etag!;
    const second = await put('order.paid', { ...SHIPPED, title: 'Paid' }, { 'if-match': etag });
    expect(second.status).toBe(200);
    expectProblem(
      await put('order.paid', { ...SHIPPED, title: 'X' }, { 'if-match': etag }),
      'version_conflict',
    );
    expectProblem(
      await put('order.paid', { ...SHIPPED, title: 'X' }, { 'if-none-match': '*' }),
      'version_conflict',
    );
    expectProblem(await remove('order.paid', { 'if-match': etag }), 'version_conflict');
    expect((await remove('order.paid', { 'if-match': second.headers.etag! })).status).toBe(204);
    expectProblem(await remove('order.paid'), 'not_found', {
      error: 'No definition is stored for this event type',
    });
    const { items } = (await get('order.paid/versions')).body as MessageHistory;
    expect(items.map(({ definition }) => definition?.title ?? null)).toEqual([null, 'Paid', 'On its way']);
  });

  it.each([
    { 'if-match': '*' },
    { 'if-match': '12' },
    { 'if-none-match': '"1"' },
    { 'if-match': '"1"', 'if-none-match': '*' },
  ])('with %j is refused', async (headers) => {
    expectProblem(await put('order.paid', SHIPPED, headers), 'invalid_query', { details: expect.any(Array) });
  });
});

describe('looking at definitions', () => {
  it('shows the built-in one, also when another has stood over it', async () => {
    const builtIn = (await get('order.created')).body as MessageDetail;
    expect(builtIn).toMatchObject({ origin: 'built_in', version: null, updated_at: null });
    expect(builtIn.definition).toMatchObject({ title: 'New Order' });
    await put('order.created', { ...builtIn.definition, title: 'Another' });
    expect((await get('order.created')).body).toMatchObject({
      origin: 'redis',
      definition: { title: 'Another' },
    });
    await remove('order.created');
    expect((await get('order.created')).body).toEqual(builtIn);
  });

  it('lists all in force', async () => {
    await remove('order.paid');
    await put('zebra', SHIPPED);
    const { items } = (await ask(api, PATH)).body as MessageList;
    expect(items.map(({ event_type, origin }) => [event_type, origin])).toEqual([
      ['order.created', 'built_in'],
      ['zebra', 'redis'],
    ]);
    await remove('zebra');
  });

  it('of an unknown type is a 404, its history empty', async () => {
    expectProblem(await get('order.lost'), 'not_found', {
      error: 'There is no definition for this event type',
    });
    expect((await get('order.lost/versions')).body).toEqual({ event_type: 'order.lost', items: [] });
  });
});

describe('a preview', () => {
  const payload = { event_id: 'evt-1', order_id: 'A-1', user_id: 'grace' };

  it('is what would go to FCM, with its size and without whole tokens', async () => {
    await ask(api, '/api/devices', { method: 'PUT', body: { user_id: 'grace', token: TOKEN } });
    const answer = await preview('order.shipped', { definition: SHIPPED, payload, locale: 'ar-EG' });
    expect(answer.text).not.toContain(TOKEN);
    const tag: unknown = expect.stringMatching(/^herald-[0-9a-f]{32}$/);
    const target = expect.stringMatching(/^token …a1b2c3 /) as string;
    const bytes = Buffer.byteLength('في الطريقOrder A-1 🍕event_idevt-1typeorder.shipped');
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.body).toEqual({
      user_id: 'grace',
      messages: [
        {
          ...{ target, locale: 'ar', bytes, max_bytes: 4096 },
          request: {
            message: {
              token: target,
              notification: { title: 'في الطريق', body: 'Order A-1 🍕' },
              data: { event_id: 'evt-1', type: 'order.shipped' },
              android: { notification: { tag } },
              apns: { headers: { 'apns-collapse-id': tag } },
              webpush: { notification: { tag } },
            },
          },
        },
      ],
    } satisfies MessagePreview);
  });

  it('of the definition in force goes to its topic, or shows a sample for a user without a device', async () => {
    expect(
      (await preview('order.created', { payload: { ...payload, user_id: 'nobody' } })).body,
    ).toMatchObject({
      user_id: 'nobody',
      messages: [{ target: 'topic orders', max_bytes: 2048, request: { message: { topic: 'orders' } } }],
    });
    const body = { definition: SHIPPED, payload: { ...payload, user_id: 'nobody' } };
    expect((await preview('order.shipped', body)).body).toMatchObject({
      messages: [{ target: null, request: { message: { token: '(registration token)' } } }],
    });
    const condition = { ...SHIPPED, target: { condition: "'a' in topics" } };
    expect((await preview('order.shipped', { definition: condition, payload })).body).toMatchObject({
      user_id: null,
      messages: [{ target: "condition 'a' in topics", max_bytes: 2048 }],
    });
  });

  it.each(['prune', 'quarantine'] as const)(
    'shows no target for a user with nothing left after a %s',
    async (how) => {
      await ask(api, '/api/devices', { method: 'PUT', body: { user_id: 'hal', token: 'of-hal' } });
      const { devices } = await api.app.get(Devices).targetsOf('hal');
      await api.app.get(Pruning)[how]('of-hal', devices[0]!.version!, 'UNREGISTERED');
      expect(
        (await preview('order.created', { payload: { ...payload, user_id: 'hal' } })).body,
      ).toMatchObject({
        messages: [{ target: null, request: { message: { token: '(registration token)' } } }],
      });
    },
  );

  it.each<[string, object, object]>([
    [
      'a payload that a webhook could not bring',
      { payload: { order_id: 'A' } },
      { field: 'user_id', message: 'is missing' },
    ],
    [
      'a definition that is wrong',
      { payload, definition: { ...SHIPPED, body: '{{' } },
      { field: 'definition.body', message: expect.stringContaining('line 1') },
    ],
    [
      'a message that is too long',
      { payload: { ...payload, order_id: 'x'.repeat(5000) } },
      { field: '', message: expect.stringContaining('bytes, tokens get at most 4096') },
    ],
    [
      'a variable that is not there',
      { payload, definition: { ...SHIPPED, body: '{{ colour }}' } },
      { field: '', message: 'body: line 1, column 4: undefined variable: colour' },
    ],
    ['no payload', {}, { field: 'payload', message: 'must be a JSON object' }],
    ['what nobody knows', { payload, colour: 1 }, { field: 'colour', message: 'is not known here' }],
  ])('of %s says what is wrong', async (_, body, detail) => {
    const answer = await preview('order.shipped', { definition: SHIPPED, ...body });
    expectProblem(answer, 'invalid_payload', { details: [detail] as never });
  });

  it('of a type nobody has defined is a 404', async () => {
    expectProblem(await preview('order.lost', { payload }), 'not_found', {
      error: expect.any(String) as string,
    });
  });
});

it.each([
  ['GET', ''],
  ['GET', '/order.created'],
  ['PUT', '/order.created'],
  ['DELETE', '/order.created'],
  ['GET', '/order.created/versions'],
  ['POST', '/order.created/preview'],
])('nobody without a token may %s %s', async (method, path) => {
  expectProblem(await send(api, PATH + path, { method }), 'unauthorized');
});

describe('a preview that FCM checks', () => {
  let simulator: Simulator;
  let checking: TestApi;
  const check = (body: object) =>
    ask(checking, `${PATH}/order.shipped/preview`, {
      method: 'POST',
      body: { definition: SHIPPED, payload: { order_id: 'A-1', user_id: 'ada' }, validate: true, ...body },
    });
  const verdicts = async (body: object = {}) =>
    ((await check(body)).body as MessagePreview).messages.map(({ fcm }) => fcm);

  beforeAll(async () => {
    simulator = await startSimulator({ plain: true });
    checking = await startApi({
      FCM_DRY_RUN: 'false',
      FCM_ENDPOINT: simulator.url,
      FCM_TIMEOUT_MS: '1000',
      FIREBASE_PROJECT_ID: 'shop',
    });
    for (const token of ['phone', 'unregistered-phone', 'reset-phone'])
      await ask(checking, '/api/devices', { method: 'PUT', body: { user_id: 'ada', token } });
  });
  afterAll(async () => {
    await checking.app.close();
    await simulator.close();
  });

  it('says what FCM says of each target, and nothing is delivered', async () => {
    const found = await verdicts();
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        { outcome: 'accepted', code: null, message: null },
        { outcome: 'refused', code: 'UNREGISTERED', message: expect.any(String) },
        { outcome: 'unknown', code: null, message: expect.stringContaining('lost') },
      ]),
    );
    expect(simulator.received().every(({ validate_only }) => validate_only)).toBe(true);
  });

  it('asks FCM nothing of somebody without a device, and nothing unless it is wanted', async () => {
    const before = simulator.received().length;
    expect(await verdicts({ payload: { order_id: 'A-1', user_id: 'nobody' } })).toEqual([null]);
    expect(await verdicts({ validate: false })).toEqual([undefined, undefined, undefined]);
    expect(simulator.received()).toHaveLength(before);
  });

  it('takes no longer than one attempt', async () => {
    const definition = { ...SHIPPED, target: { topic: 'hanging' } };
    simulator.steer('/topics/hanging', 'hang');
    expect(await verdicts({ definition })).toMatchObject([{ outcome: 'unknown' }]);
  });

  it.each([
    [
      'nothing may leave this machine',
      {},
      'FCM cannot be asked: FCM_DRY_RUN is true: nothing leaves this machine',
    ],
    [
      'there are no credentials',
      { FCM_DRY_RUN: 'false', FIREBASE_PROJECT_ID: 'shop' },
      'FCM cannot be asked: there are no credentials, and FCM takes nothing without',
    ],
    [
      'there is no project',
      { FCM_DRY_RUN: 'false' },
      expect.stringContaining('FIREBASE_PROJECT_ID must be set') as string,
    ],
  ])('is refused when %s', async (_, env: Record<string, string>, message) => {
    const lone = await startApi(env);
    const answer = await ask(lone, `${PATH}/order.created/preview`, {
      method: 'POST',
      body: { payload: { event_id: 'e', order_id: 'A-1', user_id: 'ada' }, validate: true },
    });
    await lone.app.close();
    expectProblem(answer, 'invalid_payload', { details: [{ field: 'validate', message }] });
  });
});
