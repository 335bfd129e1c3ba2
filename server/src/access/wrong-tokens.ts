import { clientAddress } from '../http/client-address';
import { Problem } from '../http/problem';
import type { RateLimiter } from '../redis/rate-limiter';
import { isRedisTrouble } from '../redis/trouble';

/** Wrong tokens of one address in one minute before they are slowed down. */
const LIMIT = 100;
const WINDOW_MS = 60_000;

/** Slows down guessing. A right token always passes, whoever else guesses from the same address. */
export class WrongTokens {
  constructor(private readonly limiter: RateLimiter) {}

  /** Throws `rate_limited` when there were too many, else `unauthorized`. */
  async refuse(ip: string): Promise<never> {
    const { allowed, resetMs } = await this.limiter
      .take('wrong-token', clientAddress(ip), LIMIT, WINDOW_MS)
      .catch((error: unknown) => {
        // A wrong token is wrong whether we can count it or not.
        if (isRedisTrouble(error)) throw new Problem('unauthorized');
        throw error;
      });
    if (allowed) throw new Problem('unauthorized');
    throw new Problem('rate_limited', { retryAfterS: Math.max(1, Math.ceil(resetMs / 1000)) });
  }
}
