import type { DeliveryResult, FailureCause } from '../delivery/provider';
import type { Failure } from '../queue/claims';

/** What to do with an event after an attempt at all its targets that were open. */
export type NextStep =
  | { step: 'complete' }
  | { step: 'retry'; delayMs: number; counted: boolean; failure: Failure }
  | { step: 'bury'; failure: Failure };

export interface RetrySettings {
  retryDelaysMs: readonly number[];
  retryJitter: number;
  maxAgeS: number;
}

export interface AttemptContext {
  results: readonly DeliveryResult[];
  /** Targets whose turn has not come, because of FCM's quotas: after how many ms each may be tried. */
  held?: readonly number[];
  /** Whether any target of the event has it by now, from this try or an earlier one. */
  anyDelivered: boolean;
  /** Counted failures before this try. */
  failures: number;
  /** Ms since the event was received or last replayed. */
  ageMs: number;
}

type Verdict = 'settled' | 'wrong_message' | 'try_again' | 'wait';

/** What each cause of a failure means for its target; `wait` is nobody's failure and uses up no retry. */
const VERDICTS: Record<FailureCause, Verdict> = {
  message: 'wrong_message',
  target_gone: 'settled',
  target_refused: 'settled',
  throttled: 'wait',
  credentials: 'wait',
  server: 'try_again',
};

/** How long to wait when FCM asks to slow down without saying how long (FCM: 60 s). */
const WAIT_MS = 60_000;

/** How long an event waits whose key or project was refused: `Line` holds it back from then on, and lets it go at once. */
const REFUSED_MS = 5000;

/** Why an event waits of which nothing has failed. */
const QUOTA: Failure = { code: 'quota', message: 'It waits for its turn, because of FCM’s quotas.' };

export function verdictOf(result: DeliveryResult): Verdict {
  if (result.outcome === 'delivered') return 'settled';
  return result.outcome === 'unknown' ? 'try_again' : VERDICTS[result.cause];
}

/** Whether a result uses up one of the event's retries. */
export function isCounted(result: DeliveryResult): boolean {
  return result.outcome !== 'delivered' && verdictOf(result) !== 'wait';
}

/** Decides what happens to an event. Pure; `random` is from 0 to 1. */
export function nextStep(attempt: AttemptContext, settings: RetrySettings, random: number): NextStep {
  const failed = attempt.results.filter((result) => result.outcome !== 'delivered');
  const wrong = failed.find((result) => verdictOf(result) === 'wrong_message');
  if (wrong) return { step: 'bury', failure: failureOf(wrong) };
  const open = failed.filter((result) => verdictOf(result) !== 'settled');
  const { held = [] } = attempt;
  if (open.length === 0) return held.length > 0 ? heldStep(attempt, settings) : settledStep(attempt, failed);

  const again = open.find((result) => verdictOf(result) === 'try_again');
  const failure = failureOf(again ?? open[0]!);
  const scheduled = again ? settings.retryDelaysMs[attempt.failures] : 0;
  // Others have not had their turn yet.
  if (scheduled === undefined && held.length > 0) return heldStep(attempt, settings, failure);
  if (scheduled === undefined) return { step: 'bury', failure };
  const jittered = scheduled * (1 - settings.retryJitter * random);
  const delayMs = Math.ceil(Math.max(jittered, ...open.map(askedFor)));
  if (attempt.ageMs + delayMs > settings.maxAgeS * 1000) return { step: 'bury', failure: expired(failure) };
  return { step: 'retry', delayMs, counted: again !== undefined, failure };
}

/** An event that is too old to be sent at all; null while it is not. */
export function expiry(ageMs: number, settings: RetrySettings): Failure | null {
  return ageMs > settings.maxAgeS * 1000 ? expired() : null;
}

/** Nothing has failed, or for the last time: the event comes back for those whose turn has not come, the first of them. */
function heldStep(
  { held = [], ageMs }: AttemptContext,
  { maxAgeS }: RetrySettings,
  failure: Failure = QUOTA,
): NextStep {
  const delayMs = Math.ceil(Math.min(...held));
  if (ageMs + delayMs > maxAgeS * 1000) return { step: 'bury', failure: expired(failure) };
  return { step: 'retry', delayMs, counted: false, failure };
}

function settledStep(attempt: AttemptContext, failed: readonly DeliveryResult[]): NextStep {
  if (attempt.anyDelivered) return { step: 'complete' };
  const gone = { code: 'UNREGISTERED', message: 'No target of this event is left.' };
  return { step: 'bury', failure: failed[0] ? failureOf(failed[0]) : gone };
}

function askedFor(result: DeliveryResult): number {
  if (result.outcome !== 'failed') return 0;
  if (result.cause === 'credentials') return REFUSED_MS;
  return result.retryAfterMs ?? (verdictOf(result) === 'wait' ? WAIT_MS : 0);
}

function failureOf(result: DeliveryResult): Failure {
  if (result.outcome === 'delivered') throw new Error('A delivered message has no failure');
  return { code: result.outcome === 'unknown' ? 'unknown' : result.code, message: result.message };
}

function expired(last?: Failure): Failure {
  const why = last ? ` Last error: ${last.code}: ${last.message}` : '';
  return { code: 'expired', message: `It could not be delivered before it was too old.${why}` };
}
