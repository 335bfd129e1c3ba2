import { createHmac } from 'node:crypto';
import { systemClock } from '../src/config/clock';
import { DEFAULT_SOURCE, recordId } from '../src/events/keys';
import type { StoredRecord } from '../src/events/record';
import { Records } from '../src/events/records';
import { SECRET, type TestApi } from './api';
import { type Answer, type Headers, send } from './http';

export const ORDER_CREATED = '/api/webhook/order.created';

let orders = 0;

/** The fields of an order nobody has sent yet. */
export function order(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { event_id: `order_${(orders += 1)}`, order_id: 'o-1', user_id: 'u-1', ...fields };
}

/** The headers of a genuine webhook: now, and the HMAC of exactly these bytes. */
export function signed(body: string | Buffer, secret = SECRET): Headers {
  const timestamp = String(Math.floor(systemClock.now() / 1000));
  return { 'x-timestamp': timestamp, 'x-signature': hmac(body, secret) };
}

export function hmac(body: string | Buffer, secret = SECRET): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** Sends a genuine webhook; `headers` go over its own, undefined takes one out. What is no text or bytes is sent as JSON. */
export function post(
  api: Pick<TestApi, 'port'>,
  body: unknown = order(),
  headers: Headers = {},
  path = ORDER_CREATED,
): Promise<Answer> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return send(api, path, { method: 'POST', headers: { ...signed(bytes), ...headers }, body: bytes });
}

/** The first lines of a request as they go over the wire, without the empty line that ends them. */
export function head(headers: Headers, path = ORDER_CREATED): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
  return `POST ${path} HTTP/1.1\r\nhost: herald\r\n${lines.join('')}`;
}

/** What Redis keeps of an event, its payload and headers in clear; empty when there is none. */
export async function stored({ redis, keyspace }: TestApi, eventId: string): Promise<StoredRecord> {
  return (await new Records(redis, keyspace).read(recordId(DEFAULT_SOURCE, eventId))) ?? {};
}
