import { DestroyRef, inject, InjectionToken, Service, signal } from '@angular/core';
import type { EventSummary, LiveMessages, QueueSnapshot } from '@contract';
import { Subject } from 'rxjs';
import { eventKey } from './events-api';
import { Session } from './session';
import { watchVisibility } from './visibility';

/** Opens a stream of server-sent events. The seam where a test puts its own. */
export const EVENT_SOURCE = new InjectionToken<(url: string) => EventSource>('EVENT_SOURCE', {
  providedIn: 'root',
  factory: () => (url) => new EventSource(url),
});

/** `silent`: the stream is open, but brings nothing, not even what it brings all the time: Redis is away, or the link is dead. */
export type LiveState = 'connecting' | 'live' | 'silent' | 'reconnecting';

/** How long changes are collected, in ms, so that thousands a second cost the page four updates. */
const COALESCE_MS = 250;
/** Figures come at least every 3 s: one that is two seconds late is missing. */
const SILENT_AFTER_MS = 5_000;
/** A connection whose other end is gone does not break: after so much more silence it is taken for dead. */
const DEAD_AFTER_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/**
 * What happens while we watch, as the server tells it. A tab that nobody sees holds no stream: browsers open six connections to a
 * host, for all tabs together, and a seventh tab could not even load.
 */
@Service()
export class Live {
  private readonly open = inject(EVENT_SOURCE);
  private readonly session = inject(Session);
  private readonly currentState = signal<LiveState>('connecting');
  private readonly currentQueue = signal<QueueSnapshot | null>(null);
  private readonly changed = new Subject<EventSummary[]>();
  private readonly gapEnded = new Subject<void>();
  private readonly visibility = watchVisibility({ hidden: () => this.pause(), shown: () => this.resume() });

  private isWanted = false;
  private source: EventSource | null = null;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  private flushing: ReturnType<typeof setTimeout> | undefined;
  private listening: ReturnType<typeof setTimeout> | undefined;
  private retryMs = FIRST_RETRY_MS;
  private collected = new Map<string, EventSummary>();
  private collectedQueue: QueueSnapshot | null = null;

  readonly state = this.currentState.asReadonly();
  /** The queue's latest figures; null until the stream has brought some. */
  readonly queue = this.currentQueue.asReadonly();
  /** Events that changed, each in its latest state, at most every 250 ms. */
  readonly changes = this.changed.asObservable();
  /** There is news again after a gap: something may have been missed, or asked for in vain. */
  readonly resumed = this.gapEnded.asObservable();

  constructor() {
    inject(DestroyRef).onDestroy(() => this.disconnect());
  }

  connect(): void {
    this.isWanted = true;
    this.resume();
  }

  disconnect(): void {
    this.isWanted = false;
    this.hangUp();
    clearTimeout(this.flushing);
    this.flushing = undefined;
    this.collected = new Map();
    this.collectedQueue = null;
    this.currentQueue.set(null);
    this.currentState.set('connecting');
  }

  private pause(): void {
    if (!this.isWanted) return;
    this.hangUp();
    // What happens until somebody looks again is missed.
    this.currentState.set('reconnecting');
  }

  private resume(): void {
    if (!this.isWanted || this.source !== null || this.waiting !== undefined) return;
    if (this.visibility.isHidden()) this.pause();
    else this.start();
  }

  private hangUp(): void {
    this.source?.close();
    this.source = null;
    clearTimeout(this.waiting);
    clearTimeout(this.listening);
    this.waiting = undefined;
  }

  private start(): void {
    const source = this.open('/api/admin/live');
    this.source = source;
    source.addEventListener('open', () => this.onOpen());
    source.addEventListener('error', () => this.onError(source));
    this.on(source, 'queue', (queue) => (this.collectedQueue = queue));
    this.on(source, 'event', (event) => this.collect(event));
    this.listen();
  }

  private on<Name extends keyof LiveMessages>(
    source: EventSource,
    name: Name,
    take: (data: LiveMessages[Name]) => void,
  ): void {
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      take(JSON.parse(data) as LiveMessages[Name]);
      this.heard();
      this.flushing ??= setTimeout(() => this.flush(), COALESCE_MS);
    });
  }

  private heard(): void {
    const before = this.currentState();
    this.currentState.set('live');
    this.listen();
    if (before === 'silent' || before === 'reconnecting') this.gapEnded.next();
  }

  private listen(): void {
    clearTimeout(this.listening);
    this.listening = setTimeout(() => this.missNews(), SILENT_AFTER_MS);
  }

  private missNews(): void {
    const { source } = this;
    if (source !== null && source.readyState === source.OPEN) this.currentState.set('silent');
    this.listening = setTimeout(() => this.takeForDead(), DEAD_AFTER_MS);
  }

  private takeForDead(): void {
    this.hangUp();
    if (this.currentState() === 'connecting') this.currentState.set('reconnecting');
    this.waiting = setTimeout(() => void this.retry(), FIRST_RETRY_MS);
  }

  private collect(event: EventSummary): void {
    const key = eventKey(event);
    // Deleted first so that the order is that of the latest change.
    this.collected.delete(key);
    this.collected.set(key, event);
  }

  private flush(): void {
    this.flushing = undefined;
    if (this.collectedQueue !== null) this.currentQueue.set(this.collectedQueue);
    this.collectedQueue = null;
    if (this.collected.size === 0) return;
    const events = [...this.collected.values()];
    this.collected = new Map();
    this.changed.next(events);
  }

  private onOpen(): void {
    // Live it is with the first news: while Redis is away the stream opens and brings none.
    this.listen();
    this.retryMs = FIRST_RETRY_MS;
    // The server was away when the page asked who we are.
    if (this.session.info() === null) void this.session.check();
  }

  /** A browser comes back by itself after a broken connection, but gives up after an answer that is not a stream. */
  private onError(source: EventSource): void {
    if (this.source !== source) return;
    this.currentState.set('reconnecting');
    if (source.readyState !== source.CLOSED) return this.listen();
    this.hangUp();
    this.waiting = setTimeout(() => void this.retry(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, LONGEST_RETRY_MS);
  }

  private async retry(): Promise<void> {
    const answer = await this.session.check();
    // Somebody disconnected while we asked.
    if (this.waiting === undefined) return;
    this.waiting = undefined;
    if (answer !== 'signed_out') return this.start();
    this.isWanted = false;
    this.session.requireSignIn();
  }
}
