import { type CheckedMessage, type Message, readMessage } from './check-message.ts';

/** One message the simulator took, and what it said to it. */
export interface ReceivedMessage extends Pick<
  Message,
  'notification' | 'data' | 'android' | 'apns' | 'webpush'
> {
  /** Counts up from 1; never reused, not even after `clear`. */
  seq: number;
  /** ISO 8601. */
  time: string;
  /** The same in ms since the epoch, with fractions: for those who measure. */
  time_ms: number;
  project: string;
  /** Registration token, `/topics/<name>`, or a condition. */
  target: string;
  validate_only: boolean;
  /** `OK`, FCM's error code, `HANG`, `RESET`, `LOST`, `GOAWAY` or `GARBAGE`. */
  answer: string;
  /** The name it was delivered under. */
  name?: string;
}

/** How often one event got here. */
export interface EventCount {
  event_id: string;
  /** Messages received. */
  received: number;
  /** Of them answered OK. */
  delivered: number;
}

export interface Receipt {
  project: string;
  answer: string;
  name?: string;
  checked: CheckedMessage;
}

interface Entry {
  seq: number;
  /** ms since the epoch, with fractions */
  at: number;
  project: string;
  target: string;
  eventId: string;
  validateOnly: boolean;
  answer: string;
  name?: string;
  /** As it came: a fifth of what an object of it takes, and nothing to do until somebody asks. */
  body: string;
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

  add({ project, answer, name, checked: { target, validateOnly, message, body } }: Receipt): void {
    const seq = ++this.#seq;
    if (this.#limit === 0) return;
    const eventId = message.data?.['event_id'] ?? '';
    this.#entries.push({ seq, at: now(), project, target, eventId, validateOnly, answer, name, body });
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
    // The numbers of those remembered have no gap.
    const skip = Math.max(0, since + 1 - (this.#entries[this.#first]?.seq ?? 0));
    for (let at = this.#first + skip; at < this.#entries.length && found.length < limit; at++) {
      const entry = this.#entries[at];
      if (entry && (eventId === undefined || entry.eventId === eventId)) found.push(show(entry));
    }
    return found;
  }

  /** The newest messages, newest first. */
  latest(count: number): ReceivedMessage[] {
    const from = Math.max(this.#first, this.#entries.length - count);
    return this.#entries
      .slice(from)
      .flatMap((entry) => (entry ? [show(entry)] : []))
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
      if (entry.answer === 'OK') count.delivered++;
      counts.set(entry.eventId, count);
    }
    return [...counts.values()];
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
  }
}

const now = () => performance.timeOrigin + performance.now();

function show({ seq, at, project, target, validateOnly, answer, name, body }: Entry): ReceivedMessage {
  const { notification, data, android, apns, webpush } = readMessage(body);
  return {
    seq,
    time: new Date(at).toISOString(),
    time_ms: at,
    project,
    target,
    notification,
    data,
    android,
    apns,
    webpush,
    validate_only: validateOnly,
    answer,
    ...(name !== undefined && { name }),
  };
}
