/** The four sources that the books are balanced from, each as it stands when all is quiet, and what was done to the system. */
import type { MetricsBody } from '@contract';

/** What the sender may conclude from one request. */
export type Conclusion =
  /** 2xx: the event is theirs now. */
  | 'ok'
  /** 4xx, or nobody listened: nothing can have been stored. */
  | 'refused'
  /** 503, a cut connection or no answer in time: it may have been stored all the same. */
  | 'unknown';

export interface Answer {
  conclusion: Conclusion;
  /** Null when there was no answer. */
  status: number | null;
  /** What the answer says of itself: `queued`, `duplicate`, or an error's code. */
  word: string;
  /** The answer says that the body is another than the first one's. */
  conflict: boolean;
}

/** One `event_id` of the sender's log, with the answer to every request that carried it. */
export interface LoggedEvent {
  eventId: string;
  /** `genuine`, or made so that it must be refused: wrong signature, missing field. */
  made: 'genuine' | 'forged' | 'incomplete';
  answers: Answer[];
}

/** One line of an event's history. Times in ms since the epoch, durations in ms. */
export type Line =
  | { kind: 'received'; at: number }
  | {
      kind: 'attempt';
      started: number;
      outcome: 'delivered' | 'failed' | 'unknown';
      code: string;
      counted: boolean;
    }
  | { kind: 'retry_scheduled'; at: number; due: number }
  | { kind: 'dead_lettered'; at: number; code: string };

export type Attempt = Extract<Line, { kind: 'attempt' }>;

export interface StoredEvent {
  eventId: string;
  status: string;
  /** All tries, by the record's own count. */
  attempts: number;
  /** Code of the last error, empty when there is none. */
  error: string;
  /** Oldest first. */
  lines: Line[];
}

/** Everything in Redis that is about events, each event with what an operator can see of it. */
export interface Scan {
  events: StoredEvent[];
  /** Ids by the status whose index names them. */
  indexes: Record<string, string[]>;
  /** Ids that wait, by what they wait in: all of it must be empty when everything is settled. */
  waiting: Record<'stream' | 'pending' | 'due', string[]>;
}

/** A message the FCM simulator received. */
export interface Message {
  eventId: string;
  /** When, in ms since the epoch. */
  at: number;
  answer: string;
}

export interface Settings {
  retryDelaysMs: readonly number[];
  maxDeliveries: number;
  /** What the simulator asks for with a 429. */
  retryAfterMs: number;
}

export interface Sources {
  log: LoggedEvent[];
  redis: Scan;
  ledger: Message[];
  totals: MetricsBody;
  /** For every fault, the events that the workers it hit had begun and not recorded: each may be begun once more. */
  held: string[];
  /** Processes that ended though nobody ended them. */
  ended: string[];
  settings: Settings;
}
