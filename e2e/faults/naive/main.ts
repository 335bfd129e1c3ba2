/** One process of a naive design, api and worker in one: `node main.ts <design> <consumer>`, with Herald's environment. */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { Agent, fetch } from 'undici';
import { sign } from '../../support/sign.ts';
import { type Design, type DesignName, DESIGNS, indexKey, KEYS } from './designs.ts';
import { work } from './worker.ts';

const [name, consumer = ''] = process.argv.slice(2);
const design: Design = DESIGNS[name as DesignName];
const { REDIS_URL = '', PORT, WEBHOOK_SECRET = '', FCM_ENDPOINT, FIREBASE_PROJECT_ID } = process.env;
const redis = new Redis(REDIS_URL);
/** One connection that stays: FCM closes none of these while it is idle. */
const dispatcher = new Agent({ allowH2: true });

type Answer = [status: number, body: object];
const refusal = (status: number, code: string): Answer => [status, { error: code, code }];

createServer((request, response) => {
  void answer(request).then(([status, body]) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}).listen(Number(PORT), '127.0.0.1');
void work({ redis, reader: new Redis(REDIS_URL), consumer, design, send });

async function answer(request: IncomingMessage): Promise<Answer> {
  if (request.url === '/api/health/ready') return [200, {}];
  if (request.url === '/api/metrics') return [200, await totals()];
  const body = await text(request);
  if (!isGenuine(body, request.headers['x-signature'])) return refusal(401, 'invalid_signature');
  const { event_id, user_id } = JSON.parse(body) as { event_id: string; user_id?: string };
  if (!user_id) return refusal(400, 'invalid_payload');
  const status = await design.takeIn(redis, `default/${event_id}`, user_id);
  return [status === 'queued' ? 202 : 200, { status, event_id }];
}

function isGenuine(body: string, signature: unknown): boolean {
  const [wanted, given] = [sign(body, WEBHOOK_SECRET), String(signature)].map((hex) => Buffer.from(hex));
  return wanted!.length === given!.length && timingSafeEqual(wanted!, given!);
}

async function totals() {
  const counters = await redis.hgetall(KEYS.counters);
  const open = (await redis.zcard(indexKey('queued'))) + (await redis.zcard(indexKey('processing')));
  const counter = (what: string) => Number(counters[what] ?? 0);
  return {
    ...{ received: counter('received'), deduped: counter('deduped'), sent: counter('sent') },
    ...{ failed: 0, dlq: 0, queue_size: open },
  };
}

async function send(eventId: string, userId: string): Promise<void> {
  const token = await redis.get(`fcm:token:${userId}`);
  const response = await fetch(`${FCM_ENDPOINT}/v1/projects/${FIREBASE_PROJECT_ID}/messages:send`, {
    dispatcher,
    method: 'POST',
    headers: { authorization: 'Bearer owner', 'content-type': 'application/json' },
    body: JSON.stringify({
      message: { token, notification: { title: 'Order', body: eventId }, data: { event_id: eventId } },
    }),
  });
  // Read to its end: a stream that is cut off again and again looks like an attack to the other side.
  const answer = await response.text();
  if (!response.ok) throw new Error(`FCM answered ${response.status}: ${answer}`);
}
