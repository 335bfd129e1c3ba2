import { type EventStatus, type HistoryEntry, UNSETTLED_STATUSES } from '../../src/contract';

/**
 * What the queue promises, as plainly as it can be said: one partition, no Redis, no I/O, time that stands still. A test
 * does the same steps to this and to the real queue and compares every answer and every observable.
 */

/** All in ms. */
export const TIMES = {
  lease: 1_800_000,
  keptSent: 3_600_000,
  keptFailed: 6_000_000,
  remembered: 4_800_000,
};
/** Fewer than in production, so that it happens often enough. */
export const MAX_DELIVERIES = 2;

export interface ModelEntry {
  /** Rises with every entry ever added. */
  serial: number;
  id: string;
}

export interface ModelEvent {
  status: EventStatus;
  payload: string;
  /** The serial of the entry it waits for. */
  entry: number | null;
  owner: string;
  attempts: number;
  failures: number;
  deaths: number;
  round: number;
  generation: number;
  receivedMs: number;
  freshMs: number;
  updatedMs: number;
  error: string | null;
  settledTargets: readonly string[];
  history: HistoryEntry[];
}

/** The event as it was when it was claimed. */
export type ModelClaim = Readonly<ModelEvent> & { id: string; claimedMs: number };

/** What a worker says of an attempt; without a line there was none. */
export type Outcome = Pick<ModelEvent, 'error' | 'settledTargets'> & { line: HistoryEntry | null };

export class QueueModel {
  now = Date.parse('2026-11-01T12:00:00Z');
  readonly events = new Map<string, ModelEvent>();
  readonly receipts = new Map<string, { payload: string; until: number }>();
  readonly due = new Map<string, number>();
  readonly counters = { received: 0, accepted: 0, deduped: 0, sent: 0, failed: 0, purged: 0 };
  stream: ModelEntry[] = [];
  pending: (ModelEntry & { owner: string; idle: number })[] = [];
  changes: [id: string, status: EventStatus][] = [];
  private serials = 0;
  private delivered = 0;

  enqueue(id: string, payload: string): 'accepted' | 'duplicate' | 'conflict' {
    this.counters.received++;
    const known = this.events.get(id) ?? this.receipts.get(id);
    if (known) {
      this.counters.deduped++;
      return known.payload === payload ? 'duplicate' : 'conflict';
    }
    this.counters.accepted++;
    const { now } = this;
    this.events.set(id, {
      ...{ status: 'queued', payload, entry: null, owner: '', error: null, settledTargets: [] },
      ...{ attempts: 0, failures: 0, deaths: 0, round: 0, generation: 0 },
      ...{ receivedMs: now, freshMs: now, updatedMs: now },
      history: [{ kind: 'received', at: iso(now) }],
    });
    this.wait(id);
    return 'accepted';
  }

  /** Entries that nobody was given yet. */
  unread(): ModelEntry[] {
    return this.stream.filter(({ serial }) => serial > this.delivered);
  }

  read(owner: string, count: number): ModelEntry[] {
    const entries = this.unread().slice(0, count);
    this.pending.push(...entries.map((entry) => ({ ...entry, owner, idle: 0 })));
    this.delivered = entries.at(-1)?.serial ?? this.delivered;
    return entries;
  }

  /** A worker asks for what it was given; that counts as a sign of life. */
  recover(owner: string): ModelEntry[] {
    const held = this.pending.filter((each) => each.owner === owner && this.exists(each.serial));
    for (const each of held) each.idle = 0;
    return held.map(({ serial, id }) => ({ serial, id }));
  }

  begin({ serial, id }: ModelEntry, owner: string): ModelClaim | null {
    const event = this.events.get(id);
    if (event?.entry !== serial) {
      this.drop(serial);
      return null;
    }
    if (event.status === 'queued' || event.owner !== owner) {
      event.generation++;
      event.owner = owner;
      this.move(id, 'processing');
    }
    return { ...event, id, claimedMs: this.now };
  }

  /** True whoever says it, in the same round. */
  complete(claim: ModelClaim, outcome: Outcome): 'sent' | 'stale' {
    const event = this.events.get(claim.id);
    if (!event || event.status === 'sent') return 'stale';
    if (event.round !== claim.round || event.receivedMs !== claim.receivedMs) return 'stale';
    this.settleAttempt(event, outcome);
    this.due.delete(claim.id);
    this.counters.sent++;
    return this.move(claim.id, 'sent');
  }

  retry(claim: ModelClaim, outcome: Outcome, delayMs: number, counted: boolean): 'retrying' | 'stale' {
    const event = this.held(claim);
    if (!event) return 'stale';
    this.settleAttempt(event, outcome);
    const due = this.now + delayMs;
    event.history.push({ kind: 'retry_scheduled', at: iso(this.now), due_at: iso(due) });
    if (counted) event.failures++;
    this.due.set(claim.id, due);
    if (counted) this.counters.failed++;
    return this.move(claim.id, 'retrying');
  }

  /** Without a line it is given up without another try. */
  bury(claim: ModelClaim, outcome: Outcome): 'failed' | 'stale' {
    const event = this.held(claim);
    if (!event) return 'stale';
    this.settleAttempt(event, outcome);
    event.history.push({ kind: 'dead_lettered', at: iso(this.now), code: outcome.error! });
    if (outcome.line) this.counters.failed++;
    return this.move(claim.id, 'failed');
  }

  replay(id: string): 'replayed' | 'missing' | 'not_replayable' {
    const event = this.events.get(id);
    if (!event) return 'missing';
    if (event.status !== 'sent' && event.status !== 'failed') return 'not_replayable';
    Object.assign(event, {
      failures: 0,
      deaths: 0,
      settledTargets: [],
      error: null,
      freshMs: Math.max(this.now, event.receivedMs),
    });
    event.round++;
    event.history.push({ kind: 'replayed', at: iso(this.now) });
    this.wait(id);
    return 'replayed';
  }

  renew(entries: readonly ModelEntry[], owner: string): void {
    for (const { serial } of entries) {
      const held = this.pending.find((each) => each.serial === serial);
      if (held) Object.assign(held, { owner, idle: 0 });
      if (!this.exists(serial)) this.drop(serial);
    }
  }

  promote(): { moved: number; nextInMs: number | null } {
    const due = [...this.due].filter(([, at]) => at <= this.now).sort(byTimeThenId);
    for (const [id] of due) {
      this.due.delete(id);
      if (this.events.get(id)?.status === 'retrying') this.wait(id);
    }
    return { moved: due.length, nextInMs: this.due.size ? Math.min(...this.due.values()) - this.now : null };
  }

  reclaim(): { taken: number; poison: number; lost: number } {
    const lost = this.pending.filter(({ serial }) => !this.exists(serial));
    const taken = this.pending.filter(({ serial, idle }) => this.exists(serial) && idle >= TIMES.lease);
    let poison = 0;
    for (const { serial, id } of [...lost, ...taken]) {
      const event = taken.some((each) => each.serial === serial) ? this.events.get(id) : undefined;
      this.drop(serial);
      if (event?.entry !== serial) continue;
      if (event.status === 'queued') event.entry = this.add(id);
      else if (this.die(id, event)) poison++;
    }
    return { taken: taken.length, poison, lost: lost.length };
  }

  purge(): number {
    const isOld = ({ status, receivedMs, updatedMs }: ModelEvent) =>
      (status === 'sent' || status === 'failed') &&
      Math.max(receivedMs, updatedMs) <= this.now - (status === 'sent' ? TIMES.keptSent : TIMES.keptFailed);
    const old = [...this.events].filter(([, event]) => isOld(event));
    for (const [id, { payload, receivedMs }] of old) {
      this.events.delete(id);
      this.counters.purged++;
      const until = receivedMs + TIMES.remembered;
      if (until > this.now) this.receipts.set(id, { payload, until });
    }
    return old.length;
  }

  /** What waits for something that is not there waits anew. */
  mend(): number {
    const isLost = (id: string, { status, entry }: ModelEvent) =>
      status === 'retrying' ? !this.due.has(id) : !this.exists(entry);
    const lost = UNSETTLED_STATUSES.flatMap((status) =>
      [...this.events]
        .filter(([id, event]) => event.status === status && isLost(id, event))
        .sort(([a, { receivedMs: x }], [b, { receivedMs: y }]) => byTimeThenId([a, x], [b, y])),
    );
    for (const [id] of lost) this.wait(id);
    return lost.length;
  }

  /** Also backwards. What is past its time is gone for good. */
  jump(ms: number): void {
    this.now += ms;
    for (const each of this.pending) each.idle = Math.max(0, each.idle + ms);
    for (const [id, { until }] of this.receipts) if (until <= this.now) this.receipts.delete(id);
  }

  loseEntry(serial: number): void {
    this.stream = this.stream.filter((each) => each.serial !== serial);
  }

  /** Destroyed and made again from the beginning: everything in the stream is given out anew. */
  loseGroup(): void {
    this.pending = [];
    this.delivered = 0;
  }

  exists(entry: number | null): boolean {
    return this.stream.some(({ serial }) => serial === entry);
  }

  private held({ id, owner, round, generation, receivedMs }: ModelClaim): ModelEvent | null {
    const event = this.events.get(id);
    if (event?.status !== 'processing' || event.owner !== owner) return null;
    if (event.receivedMs !== receivedMs) return null;
    return event.round === round && event.generation === generation ? event : null;
  }

  private settleAttempt(event: ModelEvent, { line, error, settledTargets }: Outcome): void {
    if (line) {
      event.attempts++;
      event.history.push(line);
    }
    this.drop(event.entry);
    Object.assign(event, { entry: null, owner: '', error, settledTargets });
  }

  /** Its worker died. Whether it was one too many. */
  private die(id: string, event: ModelEvent): boolean {
    const { updatedMs } = event;
    event.attempts++;
    event.deaths++;
    event.history.push({
      ...{ kind: 'attempt', started_at: iso(updatedMs), duration_ms: Math.max(0, this.now - updatedMs) },
      ...{ outcome: 'unknown', code: 'worker_lost', message: 'The worker went away during this attempt.' },
      ...{ target: '', counted: false },
    });
    if (event.deaths < MAX_DELIVERIES) {
      this.wait(id);
      return false;
    }
    event.history.push({ kind: 'dead_lettered', at: iso(this.now), code: 'poison' });
    Object.assign(event, { entry: null, owner: '', error: 'poison' });
    this.move(id, 'failed');
    return true;
  }

  private wait(id: string): void {
    Object.assign(this.events.get(id)!, { entry: this.add(id), owner: '' });
    this.move(id, 'queued');
  }

  private move<S extends EventStatus>(id: string, status: S): S {
    Object.assign(this.events.get(id)!, { status, updatedMs: this.now });
    this.changes.push([id, status]);
    return status;
  }

  add(id: string): number {
    this.stream.push({ serial: ++this.serials, id });
    return this.serials;
  }

  private drop(entry: number | null): void {
    this.stream = this.stream.filter(({ serial }) => serial !== entry);
    this.pending = this.pending.filter(({ serial }) => serial !== entry);
  }
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function byTimeThenId([a, x]: [string, number], [b, y]: [string, number]): number {
  return x - y || (a < b ? -1 : 1);
}
