/** How long FCM may keep a message, seconds, and until when that is, Unix seconds (0: not at all); neither when for FCM's usual time. */
export type Lifetime =
  | { ok: true; ttlS?: number; expiresS?: number }
  | { ok: false; code: 'message' | 'expired'; problem: string };

/** FCM keeps nothing for longer. */
const MAX_TTL_S = 2_419_200;
/** A time with its offset: without one nobody knows when it is. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** The shorter of `ttlS` and the time that is left before `notifyBefore` (ISO 8601, or Unix seconds). */
export function lifetimeOf(
  ttlS: number | undefined,
  notifyBefore: string | undefined,
  nowMs: number,
): Lifetime {
  if (notifyBefore === undefined) return { ok: true, ...lifetime(ttlS, nowMs) };
  const atMs = momentOf(notifyBefore.trim());
  if (Number.isNaN(atMs))
    return { ok: false, code: 'message', problem: 'is no time (ISO 8601 with its offset, or Unix seconds)' };
  const leftS = Math.floor((atMs - nowMs) / 1000);
  if (leftS < 0) return { ok: false, code: 'expired', problem: `it was ${new Date(atMs).toISOString()}` };
  return { ok: true, ...lifetime(Math.min(ttlS ?? MAX_TTL_S, leftS), nowMs) };
}

function lifetime(ttlS: number | undefined, nowMs: number) {
  if (ttlS === undefined) return {};
  return { ttlS, expiresS: ttlS === 0 ? 0 : Math.floor(nowMs / 1000) + ttlS };
}

function momentOf(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1000;
  return MOMENT.test(text) ? Date.parse(text) : NaN;
}
