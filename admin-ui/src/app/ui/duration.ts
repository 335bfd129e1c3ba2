const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An age of `ms` milliseconds, short: "now", "12 s", "3 min", "2 h", "5 d". */
export function formatAge(ms: number): string {
  if (ms < SECOND) return 'now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return `${Math.floor(ms / DAY)} d`;
}

/** How far away a moment is, in words: "just now", "12 s ago", "in 3 min". */
export function formatRelative(momentMs: number, nowMs: number): string {
  const age = nowMs - momentMs;
  if (Math.abs(age) < SECOND) return 'just now';
  return age > 0 ? `${formatAge(age)} ago` : `in ${formatAge(-age)}`;
}

/** How long something took: "38 ms", "1.2 s", "1 min 5 s". */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
