/** What is known of targets that need no further try, by target key. */
export type SettledTargets = ReadonlyMap<string, 'delivered' | 'gone'>;

const SIGNS = { '+': 'delivered', '-': 'gone' } as const;

/** Reads what a record keeps: `+key` for a delivered target, `-key` for one that is gone. */
export function readSettled(texts: readonly string[]): Map<string, 'delivered' | 'gone'> {
  return new Map(texts.map((text) => [text.slice(1), SIGNS[text[0] as '+' | '-']]));
}

export function writeSettled(settled: SettledTargets): string[] {
  return [...settled].map(([key, how]) => (how === 'delivered' ? '+' : '-') + key);
}
