/** Every status an event can have, in the order an event usually walks through them. */
export const EVENT_STATUSES = ['queued', 'processing', 'retrying', 'sent', 'failed'] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** Statuses of an event that Herald still has to do something about. */
export const UNSETTLED_STATUSES = ['queued', 'processing', 'retrying'] as const satisfies EventStatus[];

/** Why an event last failed: FCM's own error code, or `unknown`, `expired`, `poison`, `message`. */
export interface LastError {
  code: string;
  message: string;
}

/** One event as it stands in a list. Times are ISO 8601 in UTC. */
export interface EventSummary {
  event_id: string;
  type: string;
  source: string;
  status: EventStatus;
  user_id: string;
  order_id: string;
  /** Number of all tries, those before a replay and those nobody is to blame for included. */
  attempts: number;
  received_at: string;
  updated_at: string;
  last_error: LastError | null;
}

/** One event with everything that is known of it. */
export interface EventDetail extends EventSummary {
  payload: unknown;
  /** The request's headers, lower-case names; secrets and signatures are redacted. */
  headers: Record<string, string>;
  /** Newest first. */
  history: HistoryEntry[];
}

export const ATTEMPT_OUTCOMES = ['delivered', 'failed', 'unknown'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** One try to reach one target. */
export interface AttemptEntry {
  kind: 'attempt';
  started_at: string;
  duration_ms: number;
  outcome: AttemptOutcome;
  /** FCM's error code, or null when it was delivered. */
  code: string | null;
  /** FCM's message name when it was delivered, else what went wrong. */
  message: string;
  /** `token …a1b2c3 (sha256 12345678)` or `topic orders`; never a whole token. */
  target: string;
  /** Whether this try used up one of the event's retries. */
  counted: boolean;
  /** Set when nothing left the machine: the dry-run provider answered. */
  dry_run?: true;
}

/** Something else that happened to the event. */
export interface MilestoneEntry {
  kind: 'received' | 'replayed' | 'retry_scheduled' | 'dead_lettered';
  at: string;
  /** Of a `retry_scheduled`: when the next try is due. */
  due_at?: string;
  /** Of a `dead_lettered`: the code of the error that ended it. */
  code?: string;
  message?: string;
}

export type HistoryEntry = AttemptEntry | MilestoneEntry;

/** One page of a list, newest first. `next_cursor` is null on the last page. */
export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}
