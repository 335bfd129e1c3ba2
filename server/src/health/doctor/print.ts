import { styleText } from 'node:util';
import type { Verdict } from '../checks/check';
import type { Row } from './examine';

const WORDS: Record<Verdict, [word: string, colour: 'green' | 'yellow' | 'red']> = {
  ok: ['ok', 'green'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
};
const NAME_WIDTH = Math.max(...['Configuration', 'Persistence', 'Partitions'].map(({ length }) => length));
/** Two spaces, the verdict, two spaces, the name, two spaces. */
const INDENT = 2 + 4 + 2 + NAME_WIDTH + 2;

/** One row as people read it: verdict, name, what was found, and below it what to do; `columns` wide at most. */
export function lineOf({ verdict, name, says, mend }: Row, columns = 120): string {
  const [word, colour] = WORDS[verdict];
  const width = Math.max(columns - INDENT, 30);
  const head = `  ${styleText(colour, word.padEnd(4))}  ${name.padEnd(NAME_WIDTH)}  `;
  const below = '\n' + ' '.repeat(INDENT);
  const advice = wrap(mend ?? '', width - 2).map((line, at) => (at === 0 ? `→ ${line}` : `  ${line}`));
  const lines = [...wrap(says, width), ...(mend ? advice : [])];
  return head + lines.join(below);
}

/** The last line: what all rows come to. */
export function conclusionOf(rows: readonly Row[]): string {
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
  const [failures, warnings] = [count('fail'), count('warn')];
  if (failures + warnings === 0) return 'Herald is well.';
  const look = warnings === 0 ? '' : `${warnings} worth a look`;
  if (failures === 0) return `Nothing must be mended; ${look}.`;
  return `${failures} to mend${look && `, ${look}`}.`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
