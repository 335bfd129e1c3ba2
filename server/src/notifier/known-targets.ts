/** What is known of a target that was tried; an open one needs another try. */
export type TargetState = 'delivered' | 'gone' | 'open';

/** The targets an event was tried for since it was received or last replayed, by target key. */
export type KnownTargets = ReadonlyMap<string, TargetState>;

const SIGNS: Record<TargetState, string> = { delivered: '+', gone: '-', open: '?' };
const STATES = new Map(Object.entries(SIGNS).map(([state, sign]) => [sign, state as TargetState]));

/** Reads what a record keeps: a sign and the target's key, such as `+1f0c…` for a delivered one. */
export function readTargets(texts: readonly string[]): Map<string, TargetState> {
  return new Map(texts.map((text) => [text.slice(1), STATES.get(text[0]!)!]));
}

export function writeTargets(known: KnownTargets): string[] {
  return [...known].map(([key, state]) => SIGNS[state] + key);
}
