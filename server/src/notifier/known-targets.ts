/** What is known of a target that was tried. */
export type TargetState = 'delivered' | 'gone' | OpenTarget;

/** A target that needs another try. */
export interface OpenTarget {
  /** Its own that were counted: what befalls one target uses up no retry of another. */
  failures: number;
  /** Left out, it is tried whenever its event is. */
  parked?: Parked;
}

/** Not before its time (ms since the epoch by Redis' clock), for the reason that `code` gives. */
export interface Parked {
  untilMs: number;
  code: string;
}

/** The targets an event was tried for since it was received or last replayed, by target key. */
export type KnownTargets = ReadonlyMap<string, TargetState>;

/** What is known of a target that was not tried. */
export const UNTRIED: TargetState = { failures: 0 };

const SIGNS = { delivered: '+', gone: '-', open: '?' } as const;
const OPEN = /^\?(\w+)(?:#(\d+))?(?:@(\d+):(.*))?$/s;

/**
 * Reads what a record keeps: a sign and the target's key, such as `+1f0c…` for a delivered one. An open one has its failures
 * besides, and a parked one until when it is left alone, `?1f0c…#2@1796000000000:QUOTA_EXCEEDED`. `eventFailures` are those of
 * a target that an older Herald wrote down: it counted them for all targets of an event together.
 */
export function readTargets(texts: readonly string[], eventFailures: number): Map<string, TargetState> {
  return new Map(texts.map((text) => readTarget(text, eventFailures)));
}

export function writeTargets(known: KnownTargets): string[] {
  return [...known].map(([key, state]) => {
    if (typeof state === 'string') return SIGNS[state] + key;
    const { failures, parked } = state;
    return `${SIGNS.open}${key}#${failures}${parked ? `@${parked.untilMs}:${parked.code}` : ''}`;
  });
}

/** The failures a target has used up retries with. */
export function failuresOf(known: KnownTargets, key: string): number {
  const state = known.get(key) ?? UNTRIED;
  return typeof state === 'string' ? 0 : state.failures;
}

/** Whether an event was tried for another target than the one at `key`. */
export function triedAnother(known: KnownTargets, key: string | undefined): boolean {
  return [...known.keys()].some((each) => each !== key);
}

function readTarget(text: string, eventFailures: number): [string, TargetState] {
  const [, key, failures, untilMs, code = ''] = OPEN.exec(text) ?? [];
  if (key === undefined) return [text.slice(1), text.startsWith(SIGNS.delivered) ? 'delivered' : 'gone'];
  const parked = untilMs === undefined ? undefined : { untilMs: Number(untilMs), code };
  return [key, { failures: Number(failures ?? eventFailures), ...(parked && { parked }) }];
}
