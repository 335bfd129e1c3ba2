/**
 * The least that takes in a signed webhook once: `node:http`, the same HMAC, and one script that remembers the id and
 * adds to a stream. No framework, no record to look at afterwards, no limit, no log, no metrics: what is left when one
 * takes everything away from Herald that makes it a product.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { disconnect, takeIn } from './one-script.mts';

const { PORT, WEBHOOK_SECRET = '' } = process.env;
const TOLERANCE_S = 300;

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
  const answer = await takeIn(event_id, type, payload);
  return answer === 'accepted'
    ? [202, { status: 'queued', event_id }]
    : [200, { status: 'duplicate', event_id }];
}

server.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  disconnect();
  server.close();
  server.closeAllConnections();
});
