import type { Claim, Entry } from '../queue/claims';
import { Beginnings } from './beginnings';

const entry = {} as Entry;
const ofLength = (length: number) => ({ payload: 'x'.repeat(length) }) as Claim;

/** Redis, which answers each in the next turn with a payload of `length`. */
class Redis {
  length = 0;
  most = 0;
  private asked = 0;
  private readonly beginnings = new Beginnings(async () => {
    this.most = Math.max(this.most, ++this.asked);
    await new Promise(setImmediate);
    this.asked--;
    return ofLength(this.length);
  });

  /** Asks for many events at once; tells how many were asked for at a time at most. */
  async mostAtOnce(length: number, count = 300): Promise<number> {
    this.length = length;
    this.most = 0;
    await Promise.all(Array.from({ length: count }, () => this.beginnings.begin(entry)));
    return this.most;
  }
}

describe('events that are begun', () => {
  it('are few at once at first, and up to 64 when they are small', async () => {
    const redis = new Redis();
    expect(await redis.mostAtOnce(300, 16)).toBe(16);
    expect(await redis.mostAtOnce(300)).toBe(64);
  });

  it('are few at once while they are large, and many again when they are not', async () => {
    const redis = new Redis();
    expect(await redis.mostAtOnce(1_000_000, 30)).toBeLessThanOrEqual(16);
    expect(await redis.mostAtOnce(1_000_000, 30)).toBe(4);
    expect(await redis.mostAtOnce(300)).toBe(64);
  });

  it('give their turn to the next also when Redis fails', async () => {
    const failing = new Beginnings(() => Promise.reject(new Error('Connection is closed.')));
    const outcomes = await Promise.allSettled(Array.from({ length: 500 }, () => failing.begin(entry)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  });
});
