import type { Matchers, Rule } from './steering.ts';

type Read = { rule?: Rule; matchers: Matchers } | { problem: string };

const CHECKS: [field: keyof Rule, fits: (value: unknown) => boolean, must: string][] = [
  ['token_prefix', (value) => typeof value === 'string', 'must be a text; an empty one means every target'],
  ['event_prefix', (value) => value === undefined || typeof value === 'string', 'must be a text'],
  ['project', (value) => value === undefined || typeof value === 'string', 'must be a text'],
  [
    'share',
    (value) => value === undefined || (typeof value === 'number' && value >= 0 && value <= 1),
    'must be a number from 0 to 1',
  ],
  [
    'first',
    (value) => value === undefined || (Number.isInteger(value) && (value as number) > 0),
    'must be a whole number from 1 on',
  ],
  [
    'behaviour',
    (value) => value === undefined || value === null || typeof value === 'string',
    'must be a text',
  ],
];

/** Reads what is put to `/simulator/rules`; without a behaviour it is about which rule to remove. */
export function readRule(body: Record<string, unknown>): Read {
  const [wrong] = CHECKS.filter(([field, fits]) => !fits(body[field]));
  if (wrong) return { problem: `\`${wrong[0]}\` ${wrong[2]}` };
  const fields = CHECKS.map(([field]) => [field, body[field]]).filter(([, value]) => value !== undefined);
  const rule = Object.fromEntries(fields) as Rule;
  return typeof rule.behaviour === 'string' ? { rule, matchers: rule } : { matchers: rule };
}
