const DAY_MS = 86_400_000;

/**
 * Reads a `Retry-After` header, seconds or an HTTP date (RFC 9110, 10.2.3), into milliseconds from `now`; undefined when
 * it is missing or makes no sense. Never more than a day, so that a broken clock cannot park a message for years.
 */
export function retryAfterMs(header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!text) return undefined;
  // `Date.parse` would take almost anything for a date, `1.5` too.
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : / GMT$/.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), DAY_MS);
}
