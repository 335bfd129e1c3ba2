import { hash } from 'node:crypto';

/** What makes one notification on the screen. */
export interface Tagged {
  eventId: string;
  source: string;
  /** Counts the event's replays, from 0. */
  round: number;
}

/**
 * The same for every attempt of one round, so that a notification sent twice because a worker died in between replaces
 * itself on the phone; another for a replay, which somebody wanted to be seen again. 39 bytes; Apple allows 64.
 */
export function tagOf({ source, eventId, round }: Tagged): string {
  const identity = JSON.stringify([source, eventId, round]);
  return `herald-${hash('sha256', identity).slice(0, 32)}`;
}
