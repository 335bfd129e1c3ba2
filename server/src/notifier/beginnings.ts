import type { Claim, Entry } from '../queue/claims';

/** So many at once at the most, when payloads are small. */
const MOST = 64;
const LEAST = 4;
/** So many characters of payloads at once, as far as can be foretold. */
const TEXT_AT_ONCE = 4_194_304;
/** So many characters of payloads in hand, whatever their number: the worker would run out of memory, and its events with it. */
const TEXT_IN_HAND = 67_108_864;
/** What payloads are taken for before the first, in characters. */
const LENGTH_AT_FIRST = 262_144;
/** A large payload counts at once; by this share of the difference the next ones say that they are smaller again. */
const EASED = 1 / 16;

/**
 * Begins events, no more at once than Redis can answer soon. Each comes with its payload: of hundreds of a megabyte each, Redis
 * would be at it for seconds, others would get no answer, and our own connection would be given up for its silence.
 */
export class Beginnings {
  private unanswered = 0;
  /** Characters of payloads that were begun and have not come to their end. */
  private inHand = 0;
  /** Of a payload lately, in characters. */
  private length = LENGTH_AT_FIRST;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly claim: (entry: Entry) => Promise<Claim | null>) {}

  /** As `Claims.begin`, in its turn. What it answers is to be ended. */
  async begin(entry: Entry): Promise<Claim | null> {
    if (this.mayBegin) this.unanswered++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      const claim = await this.claim(entry);
      if (claim) this.learn(claim.payload.length);
      return claim;
    } finally {
      this.unanswered--;
      this.admit();
    }
  }

  /** The claim is nobody's business here any more. */
  end(claim: Claim): void {
    this.inHand -= claim.payload.length;
    this.admit();
  }

  /** Whose turn it is counts at once, or those who come to their end in one moment would each let in the same ones. */
  private admit(): void {
    while (this.waiting.length > 0 && this.mayBegin) {
      this.unanswered++;
      this.waiting.shift()!();
    }
  }

  private learn(length: number): void {
    this.inHand += length;
    this.length = Math.max(length, this.length + (length - this.length) * EASED);
  }

  /** Nothing in hand, and the next one goes whatever its size. */
  private get mayBegin(): boolean {
    const most = Math.min(MOST, Math.max(LEAST, Math.floor(TEXT_AT_ONCE / this.length)));
    const isFull = this.inHand > 0 && this.inHand + this.unanswered * this.length >= TEXT_IN_HAND;
    return !isFull && this.unanswered < most;
  }
}
