/**
 * Has what the process writes to its standard output and error kept instead, until the end of the file. An api whose log is
 * wanted belongs in a `describe`, so that it ends before that.
 */
export function useOutput(): { readonly text: string; lines(): Record<string, unknown>[] } {
  const parts: string[] = [];
  const keep = (part: string | Uint8Array, ...rest: unknown[]): boolean => {
    parts.push(String(part));
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  // Before an api is started: its log looks once whether standard output is still the process' own.
  beforeAll(() => {
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation(keep);
  });
  afterAll(() => jest.restoreAllMocks());
  return {
    get text() {
      return parts.join('');
    },
    /** Those that are JSON, as a log's are. */
    lines: () =>
      parts
        .join('')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
