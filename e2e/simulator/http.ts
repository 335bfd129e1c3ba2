import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';

/** Far more than any message: FCM takes 4 kB of payload. */
const MAX_BODY_BYTES = 262_144;

/** The request's body as text; undefined when it is larger than any sensible one. */
export async function readBody(request: Http2ServerRequest): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

/** Answers JSON, or HTML when the body is a text already. */
export function send(
  response: Http2ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const html = typeof body === 'string';
  response.writeHead(status, {
    'content-type': html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
    ...headers,
  });
  response.end(html ? body : `${JSON.stringify(body)}\n`);
}
