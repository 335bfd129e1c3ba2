/** After so many turns those who had them are taken off the list. */
const FORGOTTEN_AT = 1024;

/**
 * So many at once and no more, first come, first served. A free place is had without waiting and without a promise, because one
 * is taken for each message.
 */
export class Places {
  private readonly waiting: (() => void)[] = [];
  /** How many of `waiting`, from its beginning, have had their turn: a long list is not shifted for each. */
  private served = 0;

  constructor(private free: number) {}

  /** Undefined when the place is there at once, else a promise of it. Every place is to be given back. */
  take(): Promise<void> | undefined {
    if (this.free === 0) return new Promise((resolve) => this.waiting.push(resolve));
    this.free--;
    return undefined;
  }

  giveBack(): void {
    const next = this.waiting[this.served];
    if (!next) {
      this.free++;
      return;
    }
    if (++this.served >= FORGOTTEN_AT || this.served === this.waiting.length) this.forget();
    next();
  }

  private forget(): void {
    this.waiting.splice(0, this.served);
    this.served = 0;
  }
}
