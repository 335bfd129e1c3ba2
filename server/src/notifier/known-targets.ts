/**
 * What is known of a target that was tried; an open one needs another try, a parked one too but not before its time (ms since
 * the epoch by Redis' clock), for the reason that `code` gives.
 */
export type TargetState = 'delivered' | 'gone' | 'open' | Parked;
export interface Parked {
  untilMs: number;
  code: string;
}

/** The targets an event was tried for since it was received or last replayed, by target key. */
export type KnownTargets = ReadonlyMap<string, TargetState>;

const SIGNS = { delivered: '+', gone: '-', open: '?' } as const;
const STATES = new Map(Object.entries(SIGNS).map(([state, sign]) => [sign, state as keyof typeof SIGNS]));

/**
 * Reads what a record keeps: a sign and the target's key, such as `+1f0c…` for a delivered one. A parked one is open until it is
 * known when, `?1f0c…@1796000000000:QUOTA_EXCEEDED`.
 */
export function readTargets(texts: readonly string[]): Map<string, TargetState> {
  return new Map(
    texts.map((text) => {
      const [key, parked] = text.slice(1).split('@') as [string, string?];
      return [key, parked ? readParked(parked) : STATES.get(text[0] as '+')!];
    }),
  );
}

export function writeTargets(known: KnownTargets): string[] {
  return [...known].map(([key, state]) =>
    typeof state === 'string' ? SIGNS[state] + key : `${SIGNS.open}${key}@${state.untilMs}:${state.code}`,
  );
}

function readParked(text: string): Parked {
  const [untilMs, code = ''] = text.split(':');
  return { untilMs: Number(untilMs), code };
}
