/** Each event's claims, attempts, gaps and end, against what FCM received. */
import type { Attempt, Sources, StoredEvent } from '../sources.ts';
import { type Ledgers, type Rule, SETTLED } from './ledgers.ts';

/** Redis and the simulator read the same clock, each in whole ms. */
const CLOCK_MS = 5;

const PERMANENT = ['UNREGISTERED', 'INVALID_ARGUMENT'];
const TEMPORARY = ['UNAVAILABLE', 'unknown'];
/** Recorded also when no connection could be made, so that nothing was sent. */
const MAY_BE_UNSENT = ['UNAVAILABLE'];

const failedAndCounted = (attempts: readonly Attempt[]) =>
  attempts.filter(({ outcome, counted }) => outcome !== 'delivered' && counted).length;

export const ATTEMPT_RULES: Record<string, Rule> = {
  *'every message belongs to an attempt'({ redis }, ledgers) {
    for (const { eventId } of redis.events) {
      const [received, told] = [ledgers.messages(eventId).length, ledgers.attempts(eventId).length];
      if (received > told) yield `${eventId} reached FCM ${received} times and tells of ${told} attempts`;
    }
  },

  *'taken over only what was in flight at a fault'({ redis }, ledgers) {
    for (const { eventId } of redis.events) {
      const [lost, held] = [ledgers.takenOver(eventId), ledgers.held(eventId)];
      if (lost > held) yield `${eventId} was taken over ${lost} times and was in flight at ${held} faults`;
    }
  },

  *'repeats only after a take-over or an unknown answer'({ redis }, ledgers) {
    for (const { eventId } of redis.events) {
      const repeats = ledgers.delivered(eventId) - 1;
      const [unknown, lost] = [ledgers.unknown(eventId), ledgers.takenOver(eventId)];
      if (repeats > unknown + lost)
        yield `${eventId} was repeated ${repeats} times after ${unknown} unknown answers and ${lost} take-overs`;
    }
  },

  *'what is recorded happened'({ redis }, ledgers) {
    for (const event of redis.events) yield* untrueRecords(event, ledgers);
  },

  *'every end has its reason'({ redis, settings }, ledgers) {
    for (const event of redis.events) {
      const problem = SETTLED.includes(event.status) && problemWithEnd(event, ledgers, settings);
      if (problem) yield `${event.eventId} ended ${event.status} ${event.error}: ${problem}`;
    }
  },

  *'retries as scheduled'({ redis, settings }, ledgers) {
    for (const event of redis.events) yield* wrongGaps(event, ledgers, settings);
  },
};

function* untrueRecords({ eventId, status, attempts }: StoredEvent, ledgers: Ledgers): Iterable<string> {
  const lines = ledgers.attempts(eventId).length;
  if (attempts !== lines) yield `${eventId} counts ${attempts} attempts and tells of ${lines}`;
  const words = ledgers
    .recorded(eventId)
    .filter(({ outcome }) => outcome !== 'unknown')
    .map(({ outcome, code }) => (outcome === 'delivered' ? 'OK' : code));
  for (const [word, { length: told }] of Map.groupBy(words, (each) => each)) {
    const received = ledgers.messages(eventId).filter(({ answer }) => answer === word).length;
    if (told > received && !MAY_BE_UNSENT.includes(word))
      yield `${eventId} tells of ${told} times ${word}, FCM said it ${received} times`;
  }
  const delivered = words.filter((word) => word === 'OK').length;
  if (delivered !== (status === 'sent' ? 1 : 0))
    yield `${eventId} is ${status} and tells of ${delivered} deliveries`;
}

function problemWithEnd(event: StoredEvent, ledgers: Ledgers, settings: Settings): string | null {
  const { eventId, status, error, lines } = event;
  const attempts = ledgers.recorded(eventId);
  const lost = ledgers.takenOver(eventId);
  const failures = failedAndCounted(attempts);
  const retries = settings.retryDelaysMs.length;
  if (status === 'sent') {
    if (error) return 'a sent event has no error';
    // A worker that was thought dead may still bring good news of an event that was given up meanwhile.
    return failures > retries && lost === 0 ? `after ${failures} failures` : null;
  }
  const last = lines.at(-1);
  if (last?.kind !== 'dead_lettered' || last.code !== error) return 'its history ends otherwise';
  if (error === 'poison') return lost < settings.maxDeliveries ? `${lost} workers died of it` : null;
  if (PERMANENT.includes(error))
    return attempts.at(-1)?.code === error ? null : 'its last attempt ended otherwise';
  if (TEMPORARY.includes(error)) return failures === retries + 1 ? null : `after ${failures} failures`;
  return 'nothing in this load ends so';
}

type Settings = Sources['settings'];

function* wrongGaps({ eventId, lines }: StoredEvent, ledgers: Ledgers, settings: Settings): Iterable<string> {
  const lost = ledgers.takenOver(eventId);
  const unknown = ledgers.unknown(eventId);
  let failures = 0;
  for (const [index, line] of lines.entries()) {
    const cause = lines[index - 1];
    if (line.kind !== 'retry_scheduled') continue;
    if (cause?.kind !== 'attempt') {
      yield `${eventId} was scheduled again without an attempt`;
      continue;
    }
    const wanted = cause.counted ? settings.retryDelaysMs[failures] : settings.retryAfterMs;
    if (cause.counted) failures++;
    if (line.due - line.at !== wanted)
      yield `${eventId} waits ${line.due - line.at} ms instead of ${wanted} after "${cause.code}"`;

    // What a worker that was thought dead still brings began before the retry was scheduled.
    const next = lines.slice(index + 1).find((later) => later.kind === 'attempt');
    if (next && next.started < line.due && !(lost > 0 && next.started <= line.at))
      yield `${eventId} was tried ${line.due - next.started} ms early`;
    // An answer nobody waited for any more, or a worker that was thought dead, may still be on its way.
    const early = ledgers
      .messages(eventId)
      .filter(({ at }) => at > line.at + CLOCK_MS && at < line.due - CLOCK_MS).length;
    if (early > lost + unknown) yield `${eventId} reached FCM ${early} times before its retry was due`;
  }
}
