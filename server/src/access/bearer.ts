import type { IncomingHttpHeaders } from 'node:http';

/** The token of an `Authorization: Bearer …` header (RFC 6750, but spaces inside are fine); null when there is none. */
export function bearerToken(headers: IncomingHttpHeaders): string | null {
  return /^Bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1]?.trimEnd() ?? null;
}
