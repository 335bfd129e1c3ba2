/** The sources by event: what the rules look things up in. */
import type { Attempt, LoggedEvent, Message, Sources, StoredEvent } from '../sources.ts';

/** Finds what does not add up, one sentence each. */
export type Rule = (sources: Sources, ledgers: Ledgers) => Iterable<string>;

export const SETTLED = ['sent', 'failed'];

export class Ledgers {
  readonly logged: ReadonlyMap<string, LoggedEvent>;
  readonly stored: ReadonlyMap<string, StoredEvent>;
  readonly #messages: ReadonlyMap<string, Message[]>;
  readonly #held: ReadonlyMap<string, string[]>;

  constructor({ log, redis, ledger, held }: Sources) {
    this.logged = new Map(log.map((event) => [event.eventId, event]));
    this.stored = new Map(redis.events.map((event) => [event.eventId, event]));
    this.#messages = Map.groupBy(ledger, ({ eventId }) => eventId);
    this.#held = Map.groupBy(held, (eventId) => eventId);
  }

  messages(eventId: string): readonly Message[] {
    return this.#messages.get(eventId) ?? [];
  }

  /** How often FCM said OK. */
  delivered(eventId: string): number {
    return this.messages(eventId).filter(({ answer }) => answer === 'OK').length;
  }

  attempts(eventId: string): Attempt[] {
    return (this.stored.get(eventId)?.lines ?? []).filter((line) => line.kind === 'attempt');
  }

  /** Attempts whose outcome a worker wrote down. */
  recorded(eventId: string): Attempt[] {
    return this.attempts(eventId).filter((attempt) => !isLost(attempt));
  }

  /** How often a worker went away during an attempt, or was thought to. */
  takenOver(eventId: string): number {
    return this.attempts(eventId).filter(isLost).length;
  }

  /** Attempts with an outcome nobody knows: FCM may have taken the message. */
  unknown(eventId: string): number {
    return this.recorded(eventId).filter(({ outcome }) => outcome === 'unknown').length;
  }

  /** At how many faults a worker that was hit had the event in hand. */
  held(eventId: string): number {
    return this.#held.get(eventId)?.length ?? 0;
  }
}

function isLost(attempt: Attempt): boolean {
  return attempt.code === 'worker_lost';
}
