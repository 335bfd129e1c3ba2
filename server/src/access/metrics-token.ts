import type { IncomingHttpHeaders } from 'node:http';
import { bearerToken } from './bearer';
import { isSameSecret } from './same-secret';

/** Whether a request may read metrics: anybody's may while no token is set. */
export function mayReadMetrics(headers: IncomingHttpHeaders, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = bearerToken(headers);
  return given !== null && isSameSecret(given, token);
}
