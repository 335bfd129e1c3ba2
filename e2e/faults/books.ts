/**
 * Balances the books of a run: four sources in, everything that does not add up out. Pure, and it knows nothing of how the
 * system under test works inside; the naive designs of the negative controls go through the same rules.
 *
 * Why repeats are bounded by these rules: a message goes out only under a claim, and a claim ends by a recorded attempt or by
 * being taken over, which the history shows as a lost worker; so FCM gets no more messages than the history tells of. (Good
 * news that a worker brings after it was taken over makes its successor's claim void; then its own has two lines.) Only what a
 * killed or frozen worker, or all of them while Redis was away, had begun and not recorded at that moment may be taken over,
 * once for every such moment; those sets are read at each fault (`held`). What was recorded as delivered is never begun again,
 * so an event FCM took n times owes n - 1 to take-overs and to attempts recorded as `unknown`. Hence, over all events: repeats
 * are at most what was in flight at the faults plus the unknown answers.
 */
import { ANSWER_RULES } from './rules/answers.ts';
import { ATTEMPT_RULES } from './rules/attempts.ts';
import { RECOUNT_RULES } from './rules/recount.ts';
import { Ledgers, type Rule } from './rules/ledgers.ts';
import type { Sources } from './sources.ts';

export interface Violation {
  rule: string;
  /** What does not add up, with the id of the event when it is about one. */
  what: string;
}

const RULES: Record<string, Rule> = { ...ANSWER_RULES, ...ATTEMPT_RULES, ...RECOUNT_RULES };
export const RULE_NAMES = Object.keys(RULES);

/** Empty when the books balance. */
export function balance(sources: Sources): Violation[] {
  const ledgers = new Ledgers(sources);
  return Object.entries(RULES).flatMap(([rule, find]) =>
    [...find(sources, ledgers)].map((what) => ({ rule, what })),
  );
}

/** The run in figures. */
export function figures(sources: Sources) {
  const ledgers = new Ledgers(sources);
  const answers = sources.log.flatMap((logged) => logged.answers);
  const concluded = (conclusion: string) =>
    answers.filter((answer) => answer.conclusion === conclusion).length;
  const sum = (count: (eventId: string) => number) =>
    sources.redis.events.reduce((total, { eventId }) => total + count(eventId), 0);
  const withStatus = (status: string) =>
    sources.redis.events.filter((event) => event.status === status).length;
  return {
    'events sent in by the sender': sources.log.length,
    'of them acknowledged': sources.log.filter((logged) => logged.answers.some((a) => a.conclusion === 'ok'))
      .length,
    'requests answered 2xx': concluded('ok'),
    'requests refused for certain': concluded('refused'),
    'requests with an unknown end': concluded('unknown'),
    'events that ended sent': withStatus('sent'),
    'events that ended failed': withStatus('failed'),
    'of them poison': sources.redis.events.filter(
      ({ status, error }) => status === 'failed' && error === 'poison',
    ).length,
    'messages FCM received': sources.ledger.length,
    'in flight at faults': sources.held.length,
    'of them taken over': sum((id) => ledgers.takenOver(id)),
    'attempts recorded as unknown': sum((id) => ledgers.unknown(id)),
    'repeats: OK from FCM more than once': sum((id) => Math.max(0, ledgers.delivered(id) - 1)),
  };
}
