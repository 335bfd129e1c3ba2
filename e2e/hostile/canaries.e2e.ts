/** Secrets are planted wherever they can stand in the whole product; none may come out anywhere. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { until } from '../stack/processes.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { Operator } from '../support/operator.ts';
import { sign, signedRequest } from '../support/sign.ts';

const SECRET = 'canary-webhook-secret';
const ADMIN_TOKEN = 'canary-admin-token-of-the-operator';
const METRICS_TOKEN = 'canary-metrics-token';
const PAYLOAD = 'canary-payload';
const WRONG = 'canary-wrong-credential';
/** What a simulated phone does is in its token's first word. */
const PHONES = [
  'unavailable',
  'garbage-500',
  'invalid-token',
  'invalid-payload',
  'unregistered',
  'quota-1-1x',
  'reset-1x',
  'ok',
].map((behaviour) => `${behaviour}-canary-registration-token`);
const CANARIES = [
  'canary-webhook',
  'canary-admin',
  'canary-metrics',
  'canary-wrong',
  'canary-registration',
  'canary-header',
];

let stack: Stack;
let operator: Operator;
/** Everything that was answered, but for an event's details, which show its payload to the operator. */
const answers: string[] = [];
const details: string[] = [];
const used = new Set<string>();

test.beforeAll(async () => {
  const secrets = { WEBHOOK_SECRET: SECRET, ADMIN_TOKEN, METRICS_TOKEN };
  stack = await startStack({
    redis: { appendonly: false },
    env: {
      ...secrets,
      RATE_LIMIT: '0',
      LOG_LEVEL: 'trace',
      RETRY_DELAYS_MS: '50,50',
      WEBHOOK_MAX_BODY: '4096',
    },
  });
  operator = new Operator({ apiUrl: stack.apiUrl, adminToken: ADMIN_TOKEN });
});

test.afterAll(() => stack.stop());

async function ask(path: string, init: RequestInit = {}, url = stack.apiUrl): Promise<Response> {
  const answer = await fetch(`${url}${path}`, init);
  answers.push(
    `${JSON.stringify([...answer.headers].filter(([name]) => name !== 'set-cookie'))}${await answer.clone().text()}`,
  );
  return answer;
}

async function webhook(
  body: unknown,
  headers: Record<string, string | undefined> = {},
  type = 'order.created',
): Promise<number> {
  const request = signedRequest(body, SECRET);
  used.add(request.headers['x-signature']!);
  const lines = {
    ...request.headers,
    authorization: 'Bearer canary-header',
    cookie: 'a=canary-header',
    ...headers,
  };
  const given = Object.fromEntries(
    Object.entries(lines).filter((line): line is [string, string] => line[1] !== undefined),
  );
  return (await ask(`/api/webhook/${type}?token=${WRONG}`, { ...request, headers: given })).status;
}

const order = (event_id: string, user_id: string) => ({ event_id, order_id: 'o-1', user_id, note: PAYLOAD });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test('no secret, signature, token or payload is in a log, a metric or an answer', async () => {
  test.setTimeout(120_000);
  const signedIn = await ask('/api/admin/session', {
    method: 'POST',
    body: JSON.stringify({ token: ADMIN_TOKEN }),
  });
  const session = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
  used.add(session.split('=')[1]!);
  for (const [index, token] of PHONES.entries()) await operator.register(`user-${index}`, token);

  // Every delivery there is, and its replay.
  for (const index of PHONES.keys()) expect(await webhook(order(`evt-${index}`, `user-${index}`))).toBe(202);
  await until(settled, { timeoutMs: 60_000 });
  await stack.simulator.steer('unavailable-canary', 'ok');
  expect(await operator.replay('evt-0')).toBe(202);
  await until(async () => (await operator.event('evt-0'))?.status === 'sent');

  // Every row of the table of answers, and more.
  const twice = order('evt-7', 'user-7');
  const canary = `"${PAYLOAD}`;
  const statuses = [
    await webhook(twice),
    await webhook({ ...twice, note: `${PAYLOAD}-2` }),
    await webhook(twice, { 'x-timestamp': undefined }),
    await webhook(twice, { 'x-timestamp': WRONG }),
    await webhook(twice, { 'x-timestamp': '1' }),
    await webhook(twice, { 'x-timestamp': '9999999999' }),
    await webhook(canary),
    await webhook({ [PAYLOAD]: PAYLOAD, event_id: `${PAYLOAD} ` }),
    await webhook(twice, { 'x-signature': undefined }),
    await webhook(twice, { 'x-signature': sign(PAYLOAD, WRONG) }),
    await webhook(twice, {}, 'order.paid'),
    await webhook(PAYLOAD.repeat(1000)),
    await webhook(twice, { 'content-encoding': WRONG }),
  ];
  expect(statuses).toEqual([200, 200, 400, 400, 400, 400, 400, 400, 401, 401, 404, 413, 415]);
  used.add(sign(PAYLOAD, WRONG));
  const json = (body: string): RequestInit => ({ method: 'PUT', ...bearer(ADMIN_TOKEN), body });
  for (const [path, init] of [
    ['/api/admin/session', { method: 'POST', body: JSON.stringify({ token: WRONG }) }],
    ['/api/admin/session', { method: 'POST', body: `{"token":"${WRONG}` }],
    ['/api/admin/queue', bearer(WRONG)],
    ['/api/admin/queue', { headers: { cookie: `${session}x` } }],
    ['/api/admin/queue', { headers: { cookie: session } }],
    [`/api/admin/events?cursor=${WRONG}&limit=${WRONG}`, bearer(ADMIN_TOKEN)],
    ['/api/admin/events', bearer(ADMIN_TOKEN)],
    ['/api/devices', json(JSON.stringify({ user_id: '', token: PHONES[0] }))],
    ['/api/devices', json(`{"token":"${PHONES[0]}`)],
    [`/api/devices/${PHONES[0]}`, json('')],
    [`/api/devices/${PHONES[1]}`, { method: 'DELETE', ...bearer(WRONG) }],
    [`/api/devices/${PHONES[1]}`, { method: 'DELETE', ...bearer(ADMIN_TOKEN) }],
    ['/api/admin/users/user-2/devices', bearer(ADMIN_TOKEN)],
    ['/metrics', bearer(WRONG)],
    ['/metrics', bearer(METRICS_TOKEN)],
    ['/api/metrics', bearer(METRICS_TOKEN)],
    ['/api/health', {}],
    ['/api/openapi.json', {}],
  ] as [string, RequestInit][])
    await ask(path, init);
  for (const path of ['/metrics', '/api/health', '/nowhere'])
    await ask(path, bearer(METRICS_TOKEN), stack.workerUrl);
  for (const index of PHONES.keys()) details.push(JSON.stringify(await operator.event(`evt-${index}`)));

  // What a Redis that goes away makes them say.
  await stack.redis.stop();
  expect(await webhook(order('evt-away', 'user-0'))).toBe(503);
  await ask('/api/health');
  await ask('/api/admin/queue', bearer(ADMIN_TOKEN));
  await stack.workers[0]!.stop();
  await stack.api.stop();

  const logs = await Promise.all(
    ['api-1', 'worker-1'].map((name) => readFile(join(stack.logs, `${name}.log`), 'utf8')),
  );
  // The log was on, and has what it should have.
  expect(logs[0]).toContain('"status":503');
  expect(logs[1]!.split('\n').length).toBeGreaterThan(20);
  const secrets = [...CANARIES, ...used];
  expect(found([...logs, ...answers], [...secrets, PAYLOAD])).toEqual([]);
  expect(found(details, secrets)).toEqual([]);
});

async function settled(): Promise<boolean> {
  const { queued, processing, retrying } = await operator.queue();
  return queued + processing + retrying === 0;
}

/** Each canary with the line it stands in. */
function found(places: readonly string[], canaries: readonly string[]): string[] {
  const lines = places.flatMap((place) => place.split('\n'));
  return canaries.flatMap((canary) =>
    lines.filter((line) => line.includes(canary)).map((line) => `${canary}: ${line.slice(0, 500)}`),
  );
}
