export type Parsed = { ok: true; value: unknown } | { ok: false; problem: string; line: number };

/** What somebody has written as JSON; else what is wrong with it, and in which line, from 1. */
export function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const line = /\(line (\d+)/.exec(problem)?.[1];
    // Where a browser does not tell, it is mostly the end that is missing.
    return { ok: false, problem: `No JSON: ${problem}`, line: Number(line ?? text.split('\n').length) };
  }
}
