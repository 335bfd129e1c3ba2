/** The sender's side of a webhook, written from the contract alone: nothing of the server is imported. */
import { createHmac } from 'node:crypto';

export interface SignedRequest {
  method: 'POST';
  headers: Record<string, string>;
  body: string;
}

/** Ready for `fetch`. `body` is sent as it is when it is a string, else as JSON. `timestamp` is in seconds. */
export function signedRequest(
  body: unknown,
  secret: string,
  { timestamp = Math.floor(Date.now() / 1000) }: { timestamp?: number | string } = {},
): SignedRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-timestamp': String(timestamp),
      'x-signature': sign(text, secret),
    },
    body: text,
  };
}

/** Hex HMAC-SHA256 of exactly these bytes. */
export function sign(body: string | Uint8Array, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
