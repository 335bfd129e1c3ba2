import { until } from '../../test/until';
import type { Claim, Entry } from '../queue/claims';
import { Beginnings } from './beginnings';

const entryOf = (bytes: number, recordId = '') => ({ bytes, recordId }) as Entry;
const SMALL = 4096;

/** Redis, which answers all that were asked for in one turn together in the next. */
class Redis {
  /** How many were asked for at a time, at most. */
  most = 0;
  readonly order: string[] = [];
  private asked = 0;
  private answers: Promise<unknown> | null = null;
  private readonly beginnings = new Beginnings(async (entry) => {
    this.order.push(entry.recordId);
    this.most = Math.max(this.most, ++this.asked);
    await (this.answers ??= new Promise(setImmediate).finally(() => (this.answers = null)));
    this.asked--;
    return entry as Claim;
  });

  /** Asks for many events at once; tells how many were asked for at a time at most. */
  async mostAtOnce(bytes: number, count: number): Promise<number> {
    this.most = 0;
    const claims = await Promise.all(Array.from({ length: count }, () => this.begin(bytes)));
    for (const claim of claims) this.end(claim);
    return this.most;
  }

  async begin(bytes: number, id?: string): Promise<Claim> {
    return (await this.beginnings.begin(entryOf(bytes, id)))!;
  }

  end(claim: Claim): void {
    this.beginnings.end(claim);
  }
}

describe('events that are begun', () => {
  it('are a thousand at once when they are small, and few when they are large', async () => {
    const redis = new Redis();
    expect(await redis.mostAtOnce(SMALL, 3000)).toBe(1024);
    expect(await redis.mostAtOnce(1_000_000, 30)).toBe(4);
    expect(await redis.mostAtOnce(SMALL, 3000)).toBe(1024);
  });

  it('are one at a time when they are larger than all limits', async () => {
    const redis = new Redis();
    const claims = [redis.begin(100_000_000), redis.begin(100_000_000)];
    redis.end(await claims[0]!);
    expect(await claims[1]).toMatchObject({ bytes: 100_000_000 });
    expect(redis.most).toBe(1);
  });

  it('wait when 64 MB of payloads are in hand, and go on when some have come to their end', async () => {
    const redis = new Redis();
    const begun: Claim[] = [];
    const all = Array.from({ length: 30 }, () => redis.begin(8_000_000).then((claim) => begun.push(claim)));
    await until(() => begun.length === 8);
    await new Promise(setImmediate);
    expect(begun).toHaveLength(8);
    for (let ended = 0; ended < 30; ended++) {
      await until(() => begun.length > ended);
      redis.end(begun[ended]!);
    }
    await Promise.all(all);
    expect(begun).toHaveLength(30);
  });

  it('come in the order in which they were asked for, small ones behind large ones too', async () => {
    const redis = new Redis();
    const ids = Array.from({ length: 500 }, (_, at) => `${at}`);
    const claims = ids.map((id, at) => redis.begin(at % 10 ? 300_000 : SMALL, id));
    for (const claim of claims) redis.end(await claim);
    expect(redis.order).toEqual(ids);
  });

  it('give their turn to the next also when Redis fails, or when there is nothing to begin', async () => {
    let calls = 0;
    const failing = new Beginnings(() =>
      ++calls % 2 ? Promise.reject(new Error('Connection is closed.')) : Promise.resolve(null),
    );
    const many = Array.from({ length: 500 }, () => failing.begin(entryOf(1_000_000)));
    const outcomes = await Promise.allSettled(many);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(250);
  });
});
