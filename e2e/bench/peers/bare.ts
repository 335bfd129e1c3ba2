/**
 * The least that takes in a signed webhook once: `node:http`, the same HMAC, and one script that remembers the id and
 * adds to a stream. No framework, no record to look at afterwards, no limit, no log, no metrics: what is left when one
 * takes everything away from Herald that makes it a product.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { Redis } from 'ioredis';

const { PORT, REDIS_URL = '', WEBHOOK_SECRET = '' } = process.env;
const TOLERANCE_S = 300;
const DEDUPE_TTL_S = 86_400;

const TAKE_IN = `
if not redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[1]) then return 'duplicate' end
redis.call('XADD', KEYS[2], '*', 'type', ARGV[2], 'payload', ARGV[3])
return 'accepted'`;

const redis = new Redis(REDIS_URL, {
  scripts: { takeIn: { lua: TAKE_IN, numberOfKeys: 2 } },
}) as Redis & { takeIn(...args: (string | number)[]): Promise<'accepted' | 'duplicate'> };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    take(request, Buffer.concat(chunks)).then(
      ([status, body]) => {
        const text = JSON.stringify(body);
        response.writeHead(status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        });
        response.end(text);
      },
      () => response.writeHead(503).end(),
    );
  });
});

async function take(
  { url, headers }: IncomingMessage,
  body: Buffer,
): Promise<[status: number, body: object]> {
  const type = url?.startsWith('/api/webhook/') ? url.slice('/api/webhook/'.length) : '';
  if (type !== 'order.created') return [404, { error: 'Unknown event type' }];
  const age = Math.abs(Date.now() / 1000 - Number(headers['x-timestamp']));
  if (!(age <= TOLERANCE_S)) return [400, { error: 'Request too old' }];
  const claimed = Buffer.from(String(headers['x-signature']), 'hex');
  const expected = createHmac('sha256', WEBHOOK_SECRET).update(body).digest();
  if (claimed.length !== expected.length || !timingSafeEqual(claimed, expected))
    return [401, { error: 'Invalid signature' }];
  const payload = body.toString();
  const { event_id } = JSON.parse(payload);
  const answer = await redis.takeIn(`seen:${event_id}`, 'events', DEDUPE_TTL_S, type, payload);
  return answer === 'accepted'
    ? [202, { status: 'queued', event_id }]
    : [200, { status: 'duplicate', event_id }];
}

server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  redis.disconnect();
  server.close();
  server.closeAllConnections();
});
