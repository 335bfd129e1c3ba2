import type { IncomingHttpHeaders } from 'node:http';

/** The token of an `Authorization: Bearer …` header (RFC 6750); null when there is none. */
export function bearerToken(headers: IncomingHttpHeaders): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}
