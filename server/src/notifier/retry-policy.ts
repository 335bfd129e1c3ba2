import type { DeliveryResult, FailureCause } from '../delivery/provider';
import type { Failure } from '../queue/claims';

/** What to do with an event after an attempt at all its targets that were open. */
export type NextStep =
  | { step: 'complete' }
  | {
      step: 'retry';
      delayMs: number;
      /** Whether this try used up a retry. */
      counted: boolean;
      /** Whether anything failed; not when all that is left was only asked to wait. */
      failed: boolean;
      failure: Failure;
      /** For each result, how long its target is left alone when that is longer than `delayMs`; null when it is not. */
      parkedMs: readonly (number | null)[];
    }
  | { step: 'bury'; failure: Failure };

export interface RetrySettings {
  retryDelaysMs: readonly number[];
  retryJitter: number;
  maxAgeS: number;
}

export interface AttemptContext {
  results: readonly DeliveryResult[];
  /** Targets that were left alone this time: ms until each may be tried, and why it waits. */
  parked: readonly { ms: number; code: string }[];
  /** Whether any target of the event has it by now, from this try or an earlier one. */
  anyDelivered: boolean;
  /** For each result, the counted failures of its target before this try. */
  failures: readonly number[];
  /** Ms since the event was received or last replayed. */
  ageMs: number;
}

type Verdict = 'settled' | 'wrong_message' | 'try_again' | 'wait';

/** What each cause of a failure means for its target; `wait` is nobody's failure and uses up no retry. */
const VERDICTS: Record<FailureCause, Verdict> = {
  message: 'wrong_message',
  target_gone: 'settled',
  target_refused: 'settled',
  platform_credentials: 'wait',
  throttled: 'wait',
  credentials: 'wait',
  server: 'try_again',
};

/** How long to wait when FCM asks to slow down without saying how long (FCM: 60 s). */
const WAIT_MS = 60_000;

/** How long an event waits whose key or project was refused: `Line` holds it back from then on, and lets it go at once. */
const REFUSED_MS = 5000;

/**
 * How long a message waits for somebody to mend what Apple or a browser's push service wants of us, from the first time to
 * the longest: as long again as the event is old.
 */
const PLATFORM_MS = { first: 60_000, longest: 300_000 };

/** What is due so soon after the first goes with it: one try instead of many. */
const TOGETHER_MS = 1000;

export function verdictOf(result: DeliveryResult): Verdict {
  if (result.outcome === 'delivered') return 'settled';
  return result.outcome === 'unknown' ? 'try_again' : VERDICTS[result.cause];
}

/** Whether a result uses up one of the event's retries. */
export function isCounted(result: DeliveryResult): boolean {
  return result.outcome !== 'delivered' && verdictOf(result) !== 'wait';
}

/**
 * Decides what happens to an event. Pure; `random` is from 0 to 1. Each target waits for itself: the event is tried again when
 * the first of them may be, and those that were asked for more patience are parked. One whose retries are used up is tried
 * along as long as the event has to wait for others anyway.
 */
export function nextStep(attempt: AttemptContext, settings: RetrySettings, random: number): NextStep {
  const { results, parked } = attempt;
  const failed = results.filter((result) => result.outcome !== 'delivered');
  const wrong = failed.find((result) => verdictOf(result) === 'wrong_message');
  if (wrong) return { step: 'bury', failure: failureOf(wrong) };
  const open = failed.filter((result) => verdictOf(result) !== 'settled');
  if (open.length === 0 && parked.length === 0) return settledStep(attempt, failed);

  const again = open.find((result) => verdictOf(result) === 'try_again');
  const reason = again ?? open[0];
  const failure = reason ? failureOf(reason) : parkedFailure(parked[0]!.code);
  const waits = results.map((result, index) =>
    waitOf(result, attempt.failures[index]!, attempt.ageMs, settings, random),
  );
  const all = [...waits.filter((ms) => ms !== null), ...parked.map(({ ms }) => ms)];
  const soonest = Math.min(...all);
  if (soonest === Infinity) return { step: 'bury', failure };
  const delayMs = Math.ceil(Math.max(...all.filter((ms) => ms <= soonest + TOGETHER_MS)));
  if (attempt.ageMs + delayMs > settings.maxAgeS * 1000) return { step: 'bury', failure: expired(failure) };
  const parkedMs = waits.map((ms) => (ms !== null && ms > delayMs && ms < Infinity ? ms : null));
  return {
    ...{ step: 'retry', delayMs, failure, parkedMs },
    counted: again !== undefined,
    failed: results.some(isCounted),
  };
}

/** An event that is too old to be sent at all; null while it is not. */
export function expiry(ageMs: number, settings: RetrySettings): Failure | null {
  return ageMs > settings.maxAgeS * 1000 ? expired() : null;
}

function settledStep(attempt: AttemptContext, failed: readonly DeliveryResult[]): NextStep {
  if (attempt.anyDelivered) return { step: 'complete' };
  const gone = { code: 'UNREGISTERED', message: 'No target of this event is left.' };
  return { step: 'bury', failure: failed[0] ? failureOf(failed[0]) : gone };
}

/** Ms until a result's target may be tried again: null when it is settled, without end when its retries are used up. */
function waitOf(
  result: DeliveryResult,
  failures: number,
  ageMs: number,
  { retryDelaysMs, retryJitter }: RetrySettings,
  random: number,
): number | null {
  switch (verdictOf(result)) {
    case 'settled':
    case 'wrong_message':
      return null;
    case 'wait':
      return askedFor(result, ageMs) ?? WAIT_MS;
    case 'try_again': {
      const scheduled = retryDelaysMs[failures];
      if (scheduled === undefined) return Infinity;
      return Math.max(scheduled * (1 - retryJitter * random), askedFor(result, ageMs) ?? 0);
    }
  }
}

function askedFor(result: DeliveryResult, ageMs: number): number | undefined {
  if (result.outcome !== 'failed') return undefined;
  if (result.cause === 'credentials') return REFUSED_MS;
  if (result.cause === 'platform_credentials')
    return Math.min(Math.max(ageMs, PLATFORM_MS.first), PLATFORM_MS.longest);
  return result.retryAfterMs;
}

function failureOf(result: DeliveryResult): Failure {
  if (result.outcome === 'delivered') throw new Error('A delivered message has no failure');
  return { code: result.outcome === 'unknown' ? 'unknown' : result.code, message: result.message };
}

function parkedFailure(code: string): Failure {
  return { code, message: 'A target is left that waits for its time.' };
}

function expired(last?: Failure): Failure {
  const why = last ? ` Last error: ${last.code}: ${last.message}` : '';
  return { code: 'expired', message: `It could not be delivered before it was too old.${why}` };
}
