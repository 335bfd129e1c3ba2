/** One message the simulator took, and what it said to it. */
export interface ReceivedMessage {
  /** Counts up from 1; never reused, not even after `clear`. */
  seq: number;
  /** ISO 8601. */
  time: string;
  project: string;
  /** Registration token, or `/topics/<name>`. */
  target: string;
  notification?: { title?: string; body?: string };
  data?: Record<string, string>;
  android?: unknown;
  apns?: unknown;
  webpush?: unknown;
  validate_only: boolean;
  /** `OK`, FCM's error code, `HANG`, `RESET`, `GOAWAY` or `GARBAGE`. */
  answer: string;
}

/** How often one event got here. */
export interface EventCount {
  event_id: string;
  /** Messages received. */
  received: number;
  /** Of them answered OK. */
  delivered: number;
}

interface Entry {
  seq: number;
  eventId: string;
  delivered: boolean;
  /** The whole message as JSON: a fifth of what an object of it takes. */
  json: string;
}

/** Remembers what was received, up to `limit` messages; the oldest are forgotten first. */
export class Ledger {
  readonly #limit: number;
  #entries: (Entry | undefined)[] = [];
  /** Index of the oldest remembered entry; everything before it is forgotten. */
  #first = 0;
  #seq = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(message: Omit<ReceivedMessage, 'seq'>): void {
    const seq = ++this.#seq;
    this.#entries.push({
      seq,
      eventId: message.data?.['event_id'] ?? '',
      delivered: message.answer === 'OK',
      json: JSON.stringify({ seq, ...message }),
    });
    if (this.#entries.length - this.#first <= this.#limit) return;
    this.#entries[this.#first++] = undefined;
    // The forgotten places are cut off now and then: one slice for many messages.
    if (this.#first >= this.#limit) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Oldest first: the messages after number `since`, of one event if asked, at most `limit`. */
  list({ since = 0, eventId, limit = Infinity }: { since?: number; eventId?: string; limit?: number } = {}) {
    const found: ReceivedMessage[] = [];
    for (let at = this.#first; at < this.#entries.length && found.length < limit; at++) {
      const entry = this.#entries[at];
      if (!entry || entry.seq <= since || (eventId !== undefined && entry.eventId !== eventId)) continue;
      found.push(JSON.parse(entry.json) as ReceivedMessage);
    }
    return found;
  }

  /** The newest messages, newest first. */
  latest(count: number): ReceivedMessage[] {
    const from = Math.max(this.#first, this.#entries.length - count);
    return this.#entries
      .slice(from)
      .map((entry) => JSON.parse(entry?.json ?? 'null') as ReceivedMessage)
      .reverse();
  }

  /** Every remembered event by the `event_id` of its data; messages without one are left out. */
  events(): EventCount[] {
    const counts = new Map<string, EventCount>();
    for (let at = this.#first; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (!entry?.eventId) continue;
      const count = counts.get(entry.eventId) ?? { event_id: entry.eventId, received: 0, delivered: 0 };
      count.received++;
      if (entry.delivered) count.delivered++;
      counts.set(entry.eventId, count);
    }
    return [...counts.values()];
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
  }
}
