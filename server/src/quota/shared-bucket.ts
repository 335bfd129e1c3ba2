import type { Logger } from '@nestjs/common';
import { type Asker, Asking } from './asking';
import type { BucketStore, Demand, Grant } from './bucket-store';

/** Whose turn comes within this, in ms, waits in place; everybody else comes back when it is their turn. */
export const PATIENCE_MS = 1000;

/** For how long tokens are taken ahead, and when they have not been used they expire, in ms. */
const AHEAD_MS = 100;
const EXPIRY_MS = 500;

/** While there is enough for all, so many messages go out before Redis has said yes: a single one never waits for it. */
const CREDIT = 20;
/** While nobody waits, Redis is asked so often at most, in ms. */
const EASY_MS = 20;

/** When Redis has failed, it is asked so often, in ms. */
const AWAY_MS = 500;

/** Those who come back get a turn each, up to so far ahead, in ms; who knows how fast it will go by then. */
const FARTHEST_MS = 60_000;

type Waiter = (waitMs: number) => void;

/** Who is told what happens at a bucket. */
export interface BucketListener {
  /** A message has to wait. */
  onWait(): void;
}

/**
 * A worker's hand in one of the buckets that all workers share. It takes tokens ahead of need, so that letting a message pass
 * is a subtraction. When there are too few, each worker gets its share by what it wants; unused ones expire.
 *
 * Redis only ever slows down what would overrun FCM: when it is away, messages pass as if there were no quota, and are
 * charged when it is back. No worker can get hold of new events meanwhile, so these are few.
 */
export class SharedBucket implements Asker {
  private tokens = 0;
  private expiresMs = 0;
  /** Below this many, more are asked for. */
  private lowMark = 0;
  private credit = CREDIT;
  private owed = 0;
  private used = 0;
  private perMs = Infinity;
  private isThrottled = false;
  private pausedFromMs = -Infinity;
  private pausedUntilMs = -Infinity;
  /** The turn of the last message that was told to come back. */
  private lastTurnMs = 0;
  /** A pause that Redis, and by it the other workers, have not been told of yet. */
  private untoldMs = 0;
  private readonly waiting: Waiter[] = [];
  private readonly outside = new Set<() => void>();
  /** Events that were let in and have not sent yet. */
  private letIn = 0;
  private isAway = false;
  private askedMs = -Infinity;
  private readonly asking = new Asking(this);

  /** Share of the quota that all workers used in the last minute, as far as known. */
  use = 0;

  constructor(
    private readonly store: Pick<BucketStore, 'grant' | 'pause'>,
    private readonly listener: BucketListener,
    private readonly logger: Pick<Logger, 'warn' | 'log'>,
    /** Of the warm bucket, in tokens a second. */
    private readonly fullPerS: number,
  ) {}

  /**
   * Lets one message pass: 0; or tells after how many ms it may come back. In between, when its turn is near, is a promise of
   * either. In the good case it costs no Redis, no promise and no allocation.
   */
  take(): number | Promise<number> {
    const now = performance.now();
    if (this.letIn > 0) this.letIn--;
    if (this.tokens > 0 && now < this.expiresMs) {
      this.tokens--;
      this.used++;
      if (this.tokens < this.lowMark) this.asking.soon(now);
      return 0;
    }
    this.tokens = 0;
    if (this.owed < this.credit && this.waiting.length === 0) {
      this.owed++;
      this.used++;
      this.asking.soon(now);
      return 0;
    }
    return this.queue(now);
  }

  /** Whoever was let through does not send after all. */
  giveBack(): void {
    this.tokens++;
    this.used--;
  }

  /** Lets an event be begun, if there is a token for it; whoever has to wait does so before that. */
  pass(): boolean {
    if (this.outside.size > 0 || this.letIn >= this.tokens + this.credit - this.owed) return false;
    this.letIn++;
    return true;
  }

  get isPaused(): boolean {
    return performance.now() < this.pausedUntilMs;
  }

  /** Resolves when an event may be begun: true; false when `signal` has aborted first. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    return new Promise((resolve) => {
      const leave = (mayBegin: boolean) => {
        this.outside.delete(release);
        signal.removeEventListener('abort', onAbort);
        resolve(mayBegin);
      };
      const release = () => leave(true);
      const onAbort = () => leave(false);
      signal.addEventListener('abort', onAbort);
      this.outside.add(release);
      if (this.isThrottled) this.listener.onWait();
      this.asking.soon(performance.now());
    });
  }

  /** FCM has refused a message for this quota, which was sent at `startedMs` of `performance.now()`. */
  pause(pauseMs: number, startedMs: number): void {
    // It was on its way when FCM refused another one: known already.
    if (startedMs < this.pausedFromMs) return;
    const now = performance.now();
    this.pausedFromMs = now;
    this.stopUntil(now + pauseMs);
    this.untoldMs = pauseMs;
    void this.asking.now();
  }

  /** Tells Redis and learns from it what is new, whether or not anything is to be sent. */
  async look(): Promise<void> {
    await this.asking.now();
  }

  /** When nobody waits any more. */
  close(): void {
    this.asking.stop();
  }

  private queue(now: number): number | Promise<number> {
    if (this.isThrottled) {
      this.listener.onWait();
      const turnMs = this.pausedMs(now) + (this.waiting.length + 1) / this.perMs;
      if (turnMs > PATIENCE_MS) return this.turn(now);
    }
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.asking.soon(now);
    });
  }

  /**
   * Each gets a turn of its own, so that they do not all come back at once; as close as the full rate allows, because whoever
   * comes too soon waits before its event is begun, and a bucket that is not asked for tokens never gets warm.
   */
  private turn(now: number): number {
    const paused = this.pausedMs(now);
    const turn = Math.max(this.lastTurnMs, now + Math.max(paused, PATIENCE_MS));
    this.lastTurnMs = Math.min(turn + 1000 / this.fullPerS, now + paused + FARTHEST_MS);
    return turn - now;
  }

  private pausedMs(now: number): number {
    return Math.max(0, this.pausedUntilMs - now);
  }

  get isPressing(): boolean {
    return this.waiting.length + this.outside.size + this.untoldMs > 0 || this.owed > this.credit / 2;
  }

  get mayHurry(): boolean {
    return !this.isThrottled && !this.isAway;
  }

  async ask(): Promise<void> {
    const demand = this.demand(performance.now());
    try {
      if (this.untoldMs > 0) await this.tellPause();
      this.accept(demand, await this.store.grant(demand));
    } catch (error) {
      this.owed += demand.spent;
      this.used += demand.used;
      throw error;
    }
  }

  private async tellPause(): Promise<void> {
    const told = this.untoldMs;
    await this.store.pause(told);
    if (this.untoldMs === told) this.untoldMs = 0;
  }

  private demand(now: number): Demand {
    const perMs = this.used / Math.max(now - this.askedMs, AHEAD_MS / 2);
    const ahead = Math.ceil(Math.max(0, perMs * AHEAD_MS * 1.2 - 1 - this.tokens));
    const demand = {
      spent: this.owed,
      used: this.used,
      want: this.waiting.length + this.outside.size + ahead,
    };
    this.owed = 0;
    this.used = 0;
    this.askedMs = now;
    return demand;
  }

  private accept({ want }: Demand, { granted, waitMs, pausedMs, perS, use }: Grant): void {
    const now = performance.now();
    if (this.isAway) this.logger.log('FCM’s quota is kept again');
    this.isAway = false;
    this.use = use;
    this.perMs = Math.max(perS / 1000, 1e-6);
    // Some had nothing to send after all.
    this.letIn >>= 1;
    if (now >= this.expiresMs) this.tokens = 0;
    this.tokens += granted;
    this.expiresMs = now + EXPIRY_MS;
    this.lowMark = this.tokens / 2;
    this.isThrottled = granted < want || pausedMs > 0;
    this.credit = this.isThrottled ? 0 : CREDIT;
    this.asking.restUntil(now + (this.isThrottled ? Math.max(waitMs, Math.min(pausedMs, 1000)) : EASY_MS));
    // Redis answered before it could know of a pause that was found here.
    if (this.untoldMs > 0) this.stopUntil(this.pausedUntilMs);
    else if (pausedMs > 0) this.stopUntil(now + pausedMs);
    else this.pausedUntilMs = -Infinity;
    this.serve();
  }

  private stopUntil(untilMs: number): void {
    this.pausedUntilMs = untilMs;
    this.tokens = 0;
    this.credit = 0;
    this.isThrottled = true;
    this.sendBack();
  }

  goWithout(why: string): void {
    const now = performance.now();
    this.asking.restUntil(now + AWAY_MS);
    if (this.pausedMs(now) > 0) return;
    if (!this.isAway) this.logger.warn(`FCM’s quota is not kept, because Redis cannot be asked: ${why}`);
    this.isAway = true;
    this.credit = Infinity;
    this.serve();
  }

  /** Those who wait in place go first; what is left lets in as many from outside, who will take it when they send. */
  private serve(): void {
    while (this.waiting.length > 0 && (this.tokens > 0 || this.credit === Infinity)) {
      if (this.tokens > 0) this.tokens--;
      else this.owed++;
      this.used++;
      this.waiting.shift()!(0);
    }
    if (this.isThrottled) this.sendBack();
    for (const release of this.outside) {
      if (this.letIn >= this.tokens + this.credit) return;
      this.letIn++;
      release();
    }
  }

  /** Those who wait in place, but for longer than they should. */
  private sendBack(): void {
    const now = performance.now();
    const near = Math.max(0, Math.floor((PATIENCE_MS - this.pausedMs(now)) * this.perMs));
    for (const resolve of this.waiting.splice(near)) resolve(this.turn(now));
  }
}
