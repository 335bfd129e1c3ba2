import { manualRedis } from '../../test/model/manual-redis';
import { useRedis } from '../../test/redis';
import { BucketStore, type Grant } from './bucket-store';
import { QuotaKeys } from './quota-keys';
import { QuotaState } from './quota-state';

const STEP_MS = 50;
const test = useRedis();
let now: number;
let keys: QuotaKeys;

beforeEach(async () => {
  keys = new QuotaKeys(test.prefix);
  now = Date.now();
  await wait(0);
});

async function wait(ms: number): Promise<void> {
  now += ms;
  await test.redis.set(`{${test.prefix}:quota}:clock`, now);
}

const timed = () => manualRedis(test.redis).client;

/** A worker that sends all that it is granted. */
class Worker {
  private used = 0;
  private readonly store: BucketStore;

  constructor(perMinute: number, name = 'worker', rampS = 60) {
    this.store = new BucketStore(timed(), keys.project, perMinute, rampS, name);
  }

  async ask(want: number, spent = 0): Promise<Grant> {
    const grant = await this.store.grant({ want, spent, used: this.used + spent });
    this.used = grant.granted;
    return grant;
  }

  pause(ms: number): Promise<void> {
    return this.store.pause(ms);
  }
}

/** How many are granted in each of so many seconds, to whoever wants so many in each step. */
async function perSecond(worker: Worker, seconds: number, want: number): Promise<number[]> {
  const counts: number[] = [];
  for (let second = 0; second < seconds; second++) {
    let count = 0;
    for (let ms = 0; ms < 1000; ms += STEP_MS) {
      await wait(STEP_MS);
      count += (await worker.ask(want)).granted;
    }
    counts.push(count);
  }
  return counts;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

describe("the project's bucket", () => {
  it('lets a burst through at once however cold it is, then a tenth of the rate, and all of it after the ramp', async () => {
    const worker = new Worker(600_000);
    expect((await worker.ask(500)).granted).toBe(500);
    const counts = await perSecond(worker, 65, 2000);
    expect(counts[0]).toBeGreaterThan(900);
    expect(counts[0]).toBeLessThan(1500);
    expect(counts[30]).toBeGreaterThan(4500);
    expect(counts[30]).toBeLessThan(7500);
    expect(counts[64]).toBeGreaterThan(9800);
    expect(Math.max(...counts.slice(1).map((count, second) => count - counts[second]!))).toBeLessThan(600);
  });

  it('is warm at once without a ramp', async () => {
    const counts = await perSecond(new Worker(600_000, 'worker', 0), 2, 2000);
    expect(counts[1]).toBeGreaterThan(9500);
  });

  it('is cold again after a rest as long as the ramp', async () => {
    const worker = new Worker(60_000, 'worker', 10);
    await perSecond(worker, 12, 200);
    expect((await perSecond(worker, 1, 200))[0]).toBeGreaterThan(900);
    await wait(20_000);
    await worker.ask(0);
    expect(sum(await perSecond(worker, 2, 200))).toBeLessThan(900);
  });

  it('never makes anybody wait who needs no more than before', async () => {
    const worker = new Worker(600_000);
    await perSecond(worker, 30, 250);
    expect(await perSecond(worker, 10, 250)).toEqual(Array(10).fill(5000));
    expect((await worker.ask(250)).use).toBeGreaterThan(0.2);
  });

  it('lets no more through than the quota in any minute, whoever wants how many', async () => {
    const workers = [new Worker(6000, 'one', 0), new Worker(6000, 'other', 0)];
    const counts: number[] = [];
    for (let step = 0; step < 1800; step++) {
      await wait(100);
      const want = step % 400 < 60 ? 0 : (step * 7919) % 90;
      const grants = [await workers[0]!.ask(want), await workers[1]!.ask(Math.floor(want / 3))];
      counts.push(sum(grants.map(({ granted }) => granted)));
    }
    let most = 0;
    for (let from = 0; from + 600 <= counts.length; from += 10)
      most = Math.max(most, sum(counts.slice(from, from + 600)));
    expect(most).toBeLessThanOrEqual(6000);
    expect(most).toBeGreaterThan(4500);
  });

  it('is shared by what each worker wants', async () => {
    const [one, other] = [new Worker(6000, 'one', 0), new Worker(6000, 'other', 0)];
    const got = [0, 0];
    for (let step = 0; step < 400; step++) {
      await wait(STEP_MS);
      got[0]! += (await one.ask(300)).granted;
      got[1]! += (await other.ask(100)).granted;
    }
    expect(sum(got)).toBeGreaterThan(2100);
    expect(got[0]! / got[1]!).toBeGreaterThan(2);
    expect(got[0]! / got[1]!).toBeLessThan(5);
  });

  it('is nobody’s alone for longer than a second after another worker has stopped asking', async () => {
    const [one, other] = [new Worker(6000, 'one', 0), new Worker(6000, 'other', 0)];
    await one.ask(1000);
    await other.ask(1000);
    await wait(1001);
    expect((await one.ask(1000)).perS).toBeCloseTo(5500 / 60, 3);
  });

  it('is charged for what was sent on credit, but for no more than a second', async () => {
    const worker = new Worker(6000, 'worker', 0);
    expect((await worker.ask(500)).granted).toBe(500);
    expect((await worker.ask(10, 5000)).granted).toBe(0);
    await wait(500);
    expect((await worker.ask(10)).granted).toBe(0);
    await wait(700);
    expect((await worker.ask(10)).granted).toBe(10);
  });

  it('says when to ask again, and what share of the minute was used', async () => {
    const worker = new Worker(6000, 'worker', 0);
    expect(await worker.ask(100)).toEqual({
      ...{ granted: 100, waitMs: 0, pausedMs: 0, use: 0 },
      perS: expect.closeTo(5500 / 60, 3) as number,
    });
    const { granted, waitMs } = await worker.ask(1000);
    expect(granted).toBe(400);
    expect(waitMs).toBe(100);
    const { use } = await worker.ask(0);
    expect(use).toBeCloseTo(500 / 6000, 3);
  });
});

describe('a 429', () => {
  it('pauses all workers, then lets them go on at half the rate, which recovers', async () => {
    const [one, other] = [new Worker(6000, 'one', 0), new Worker(6000, 'other', 0)];
    await perSecond(one, 10, 50);
    await one.pause(60_000);
    expect(await other.ask(10)).toMatchObject({ granted: 0, pausedMs: 60_000 });
    expect(sum(await perSecond(one, 59, 50))).toBe(0);
    await wait(1000);
    const first = await perSecond(other, 10, 50);
    expect(sum(first)).toBeGreaterThan(300);
    expect(sum(first)).toBeLessThan(700);
    await wait(240_000);
    expect(sum((await perSecond(other, 60, 50)).slice(50))).toBeGreaterThan(850);
  });

  it('that comes during the pause makes it longer, never shorter, and the rate no lower', async () => {
    const worker = new Worker(6000, 'worker', 0);
    await worker.pause(10_000);
    await worker.pause(60_000);
    await worker.pause(1000);
    expect((await worker.ask(1)).pausedMs).toBe(60_000);
    await wait(60_000);
    expect((await worker.ask(1)).perS).toBeGreaterThan(5500 / 120);
  });

  it('again and again leaves a hundredth of the rate', async () => {
    const worker = new Worker(6000, 'worker', 0);
    for (let times = 0; times < 20; times++) {
      await worker.pause(100);
      await wait(101);
    }
    const { perS } = await worker.ask(1);
    expect(perS).toBeGreaterThanOrEqual(5500 / 60 / 100);
    expect(perS).toBeLessThan(5);
  });
});

describe('what operators see', () => {
  const throttle = () => new QuotaState(timed(), test.prefix).throttle();

  it('is nothing while there is enough for all', async () => {
    expect(await throttle()).toBeNull();
    await new Worker(6000).ask(10);
    expect(await throttle()).toBeNull();
  });

  it('is since when messages wait, and how many are let through', async () => {
    const worker = new Worker(6000, 'worker', 0);
    await worker.ask(1000);
    const since = new Date(now).toISOString();
    await perSecond(worker, 3, 100);
    expect(await throttle()).toEqual({ since, per_minute: 5500 });
    await wait(5000);
    expect(await throttle()).toBeNull();
  });

  it('is until when all wait after a 429', async () => {
    const worker = new Worker(6000);
    await worker.pause(60_000);
    const until = new Date(now + 60_000).toISOString();
    await wait(30_000);
    expect(await throttle()).toEqual({ since: new Date(now - 30_000).toISOString(), until, per_minute: 0 });
    await wait(30_000);
    expect(await throttle()).toBeNull();
  });
});

it.each(['bucket', 'demands'] as const)(
  'a foreign key in the place of its %s is left as it is',
  async (name) => {
    await test.redis.rpush(keys.project[name], 'in the way');
    await expect(new Worker(6000).ask(1)).rejects.toThrow('WRONGTYPE');
    expect(await test.redis.lrange(keys.project[name], 0, -1)).toEqual(['in the way']);
    expect(await test.redis.exists(keys.project.bucket, keys.project.demands)).toBe(1);
  },
);
