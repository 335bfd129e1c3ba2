import { until } from '../../test/until';
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
    const claims = await Promise.all(Array.from({ length: count }, () => this.begin()));
    for (const claim of claims) this.end(claim);
    return this.most;
  }

  async begin(): Promise<Claim> {
    return (await this.beginnings.begin(entry))!;
  }

  end(claim: Claim): void {
    this.beginnings.end(claim);
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

  it('wait when 64 MB of payloads are in hand, and go on when some have come to their end', async () => {
    const redis = new Redis();
    redis.length = 8_000_000;
    const begun: Claim[] = [];
    const all = Array.from({ length: 30 }, () => redis.begin().then((claim) => begun.push(claim)));
    await until(() => begun.length >= 8);
    await new Promise(setImmediate);
    expect(begun.length).toBeLessThanOrEqual(16);
    for (let ended = 0; ended < 30; ended++) {
      await until(() => begun.length > ended);
      redis.end(begun[ended]!);
    }
    await Promise.all(all);
    expect(begun).toHaveLength(30);
  });

  it('come in the order in which they were asked for, also when many are answered at once', async () => {
    const order: string[] = [];
    let answers: Promise<unknown> | null = null;
    const beginnings = new Beginnings(async ({ recordId }) => {
      order.push(recordId);
      await (answers ??= new Promise(setImmediate).finally(() => (answers = null)));
      return ofLength(300);
    });
    const ids = Array.from({ length: 500 }, (_, at) => `${at}`);
    await Promise.all(ids.map((recordId) => beginnings.begin({ ...entry, recordId })));
    expect(order).toEqual(ids);
  });

  it('give their turn to the next also when Redis fails', async () => {
    const failing = new Beginnings(() => Promise.reject(new Error('Connection is closed.')));
    const outcomes = await Promise.allSettled(Array.from({ length: 500 }, () => failing.begin(entry)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  });
});
