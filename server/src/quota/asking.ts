/** Redis has so long to answer, in ms, before messages go without its word. */
const REDIS_MS = 250;

/** Who asks. */
export interface Asker {
  /** Somebody waits for the answer. */
  readonly isPressing: boolean;
  /** Whoever waits is not kept waiting: it is asked before its time. */
  readonly mayHurry: boolean;
  /** Asks, and takes in the answer. Rejects when there is none. */
  ask(): Promise<void>;
  /** There is no answer, or none yet; `why` ends a sentence. */
  goWithout(why: string): void;
}

/** When Redis is asked: one question at a time, no sooner than was said, and with a deadline. */
export class Asking {
  private isUnderWay = false;
  private nextMs = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly asker: Asker) {}

  /** Nobody is to ask before `ms` of `performance.now()`, unless in a hurry. */
  restUntil(ms: number): void {
    this.nextMs = ms;
  }

  /** Asks now, if it is time; otherwise when it is, if somebody waits. */
  soon(now: number): void {
    if (this.isUnderWay) return;
    const { isPressing, mayHurry } = this.asker;
    if (now >= this.nextMs || (isPressing && mayHurry)) void this.now();
    else if (isPressing) this.timer ??= setTimeout(() => void this.now(), this.nextMs - now).unref();
  }

  /** Asks at once; a question that is under way is not followed by another. Never rejects. */
  async now(): Promise<void> {
    if (this.isUnderWay) return;
    this.isUnderWay = true;
    this.stop();
    const late = setTimeout(() => this.asker.goWithout('it does not answer'), REDIS_MS);
    try {
      await this.asker.ask();
    } catch (error) {
      this.asker.goWithout(String(error));
    } finally {
      clearTimeout(late);
      this.isUnderWay = false;
      if (this.asker.isPressing) this.soon(performance.now());
    }
  }

  /** What was to be asked later is not. */
  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
