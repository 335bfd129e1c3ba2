/** A run as people read it. */
import { RULE_NAMES, type Violation } from './books.ts';
import { STEP_NAMES } from './faults.ts';
import type { RunResult } from './run.ts';

const SHOWN = 5;

export function report({ trials, kills, figures, violations, durationS }: RunResult): string {
  const { worker, api, redis } = kills;
  return [
    columns(STEP_NAMES.map((name) => [name, trials[name] ?? 0])),
    `Killed in ${Math.round(durationS)} s: workers ${worker}, apis ${api}, Redis ${redis}`,
    columns(Object.entries(figures)),
    verdicts(violations),
  ].join('\n\n');
}

/** Every rule with how often it was broken, and some of the cases. */
export function verdicts(violations: readonly Violation[]): string {
  return RULE_NAMES.map((rule) => {
    const cases = violations.filter((violation) => violation.rule === rule).map(({ what }) => what);
    const shown = cases.slice(0, SHOWN).map((what) => `\n    ${what}`);
    return cases.length === 0 ? `ok      ${rule}` : `BROKEN  ${rule} (${cases.length})${shown.join('')}`;
  }).join('\n');
}

function columns(rows: readonly (readonly [string, number])[]): string {
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, count]) => `${what.padEnd(width)}  ${String(count).padStart(7)}`).join('\n');
}
