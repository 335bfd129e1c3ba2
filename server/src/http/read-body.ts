import type { IncomingMessage } from 'node:http';
import { Problem } from './problem';

/** How long a body may take to arrive, in ms. */
export const BODY_TIMEOUT_MS = 10_000;

/**
 * Reads a request's body as it is. Throws `unsupported_encoding`, `payload_too_large` (before reading more than one chunk
 * past the limit) or `request_timeout`.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding && encoding !== 'identity') throw new Problem('unsupported_encoding');
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (end: () => void) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      end();
    };
    const fail = (problem: Problem) => {
      request.pause();
      settle(() => reject(problem));
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) return fail(tooLarge(maxBytes));
      chunks.push(chunk);
    };
    const onEnd = () => settle(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    const onError = () => fail(new Problem('request_timeout'));
    const onClose = () => fail(new Problem('request_timeout'));
    const timer = setTimeout(() => fail(new Problem('request_timeout')), BODY_TIMEOUT_MS);
    request.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    // The end of an empty body may have passed before anybody listened.
    if (request.readableEnded) onEnd();
  });
}

function tooLarge(maxBytes: number): Problem {
  return new Problem('payload_too_large', { sentence: `The body is larger than ${maxBytes} bytes` });
}
