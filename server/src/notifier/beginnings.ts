import type { Claim, Entry } from '../queue/claims';

/** So many bytes of payloads are asked for at once; of those that count as small, a thousand. */
const AT_ONCE = 4_194_304;
/** So many bytes of payloads in hand: with more the worker would run out of memory, and its events with it. */
const IN_HAND = 67_108_864;

/**
 * Begins events, no more at once than Redis can answer soon. Each comes with its payload: of hundreds of a megabyte each, Redis
 * would be at it for seconds, others would get no answer, and our own connection would be given up for its silence. What is
 * larger than a limit goes alone.
 */
export class Beginnings {
  /** Bytes of payloads that were asked for and have not come. */
  private asked = 0;
  /** Bytes of payloads that were asked for and whose events have not come to their end. */
  private inHand = 0;
  private readonly waiting: [entry: Entry, begin: () => void][] = [];

  constructor(private readonly claim: (entry: Entry) => Promise<Claim | null>) {}

  /** As `Claims.begin`, in its turn. What it answers is to be ended. */
  async begin(entry: Entry): Promise<Claim | null> {
    if (this.waiting.length === 0 && this.mayBegin(entry)) this.count(entry);
    else await new Promise<void>((resolve) => this.waiting.push([entry, resolve]));
    let claim: Claim | null = null;
    try {
      claim = await this.claim(entry);
      return claim;
    } finally {
      this.asked -= entry.bytes;
      if (claim) this.admit();
      else this.end(entry);
    }
  }

  /** The event is nobody's business here any more. */
  end({ bytes }: Entry): void {
    this.inHand -= bytes;
    this.admit();
  }

  /** Whose turn it is counts at once, or those who come to their end in one moment would each let in the same ones. */
  private admit(): void {
    for (let next = this.waiting[0]; next && this.mayBegin(next[0]); next = this.waiting[0]) {
      this.waiting.shift();
      this.count(next[0]);
      next[1]();
    }
  }

  private count({ bytes }: Entry): void {
    this.asked += bytes;
    this.inHand += bytes;
  }

  private mayBegin({ bytes }: Entry): boolean {
    return fits(this.asked, bytes, AT_ONCE) && fits(this.inHand, bytes, IN_HAND);
  }
}

function fits(taken: number, more: number, limit: number): boolean {
  return taken === 0 || taken + more <= limit;
}
