import { RecordingLogger } from '../../test/recording-logger';
import { until } from '../../test/until';
import type { Demand, Grant } from './bucket-store';
import { SharedBucket } from './shared-bucket';

/** A bucket in Redis that answers as the test wants; what it is asked is kept. */
class ScriptedStore {
  readonly asked: Demand[] = [];
  readonly paused: number[] = [];
  private pausedUntilMs = 0;
  answer: (demand: Demand) => Partial<Grant> | Promise<Partial<Grant>> = ({ want }) => ({ granted: want });

  async grant(demand: Demand): Promise<Grant> {
    this.asked.push(demand);
    const pausedMs = Math.max(0, this.pausedUntilMs - performance.now());
    return { granted: 0, waitMs: 0, pausedMs, perS: 10_000, use: 0, ...(await this.answer(demand)) };
  }

  async pause(ms: number): Promise<void> {
    this.paused.push(ms);
    this.pausedUntilMs = performance.now() + ms;
  }
}

let store: ScriptedStore;
let bucket: SharedBucket;
let logger: RecordingLogger;
let waits: number;

beforeEach(() => {
  store = new ScriptedStore();
  logger = new RecordingLogger();
  waits = 0;
  bucket = new SharedBucket(store, { onWait: () => waits++ }, logger, 100);
});
afterEach(() => bucket.close());

const isAnswered = () => new Promise((resolve) => setImmediate(resolve));
const takes = (count: number) => Array.from({ length: count }, () => bucket.take());
const all = (turns: (number | Promise<number>)[]) => Promise.all(turns.map(async (turn) => turn));
const total = (what: 'used' | 'spent') => store.asked.reduce((sum, demand) => sum + demand[what], 0);

/** Nothing is granted, and at this rate there will be more. */
const scarce = (perS: number) => () => ({ granted: 0, waitMs: 20, perS });

describe('a bucket with enough for all', () => {
  it('lets a single message pass at once, before Redis has said a word', () => {
    expect(bucket.take()).toBe(0);
    expect(store.asked).toEqual([{ spent: 1, used: 1, want: 0 }]);
  });

  it('lets a burst wait only for one answer of Redis', async () => {
    const turns = await all(takes(300));
    expect(turns).toEqual(Array(300).fill(0));
    expect(store.asked.length).toBeLessThanOrEqual(3);
    expect(waits).toBe(0);
  });

  it('sends nobody of a burst back because the project was cold before it', async () => {
    store.answer = ({ want }) => ({ granted: want, perS: 9 });
    await bucket.take();
    await isAnswered();
    expect(await all(takes(300))).toEqual(Array(300).fill(0));
  });

  it('lets no more events be begun at once than there are tokens for, others as soon as there are', async () => {
    const { signal } = new AbortController();
    const entries = Array.from({ length: 200 }, () => bucket.pass() || bucket.enter(signal));
    expect(entries.filter((entry) => entry === true)).toHaveLength(20);
    expect(await Promise.all(entries.map(async (entry) => entry))).toEqual(Array(200).fill(true));
  });

  it('takes ahead what it will need, so that in the long run nobody waits', async () => {
    let promises = 0;
    for (let round = 0; round < 40; round++) {
      for (const turn of takes(50)) if (typeof turn !== 'number') promises++;
      await isAnswered();
    }
    await bucket.look();
    expect(promises).toBeLessThan(100);
    expect(store.asked.length).toBeLessThan(40);
    expect(total('used')).toBe(2000);
  });

  it('tells Redis of every message, and of what went on credit', async () => {
    for (let i = 0; i < 30; i++) {
      await bucket.take();
      await isAnswered();
    }
    await bucket.look();
    expect(total('used')).toBe(30);
    const granted = store.asked.reduce((sum, { want }) => sum + want, 0);
    expect(total('spent') + granted).toBeGreaterThanOrEqual(30);
  });

  it('gets back what was not used after all', async () => {
    await all(takes(100));
    bucket.giveBack();
    await bucket.look();
    expect(total('used')).toBe(99);
  });
});

describe('a bucket with too little', () => {
  beforeEach(async () => {
    store.answer = scarce(100);
    void all(takes(25));
    await until(() => store.asked.some(({ want }) => want > 0));
    await isAnswered();
  });

  it('lets those wait in place whose turn is near, and tells the others when theirs is, one after the other', async () => {
    const turns = takes(300);
    const back = turns.filter((turn) => typeof turn === 'number').filter((turn) => turn > 0);
    expect(back.length).toBeGreaterThan(150);
    expect(back[0]).toBeGreaterThan(900);
    expect(back.at(-1)! - back[0]!).toBeGreaterThan(1000);
    expect(new Set(back).size).toBe(back.length);
    store.answer = ({ want }) => ({ granted: want });
    const there = await Promise.all(turns.filter((turn) => typeof turn !== 'number'));
    expect(there).toEqual(Array(there.length).fill(0));
    expect(waits).toBeGreaterThanOrEqual(back.length);
  });

  it('lets as many in from outside as there is for them, and no more', async () => {
    let entered = 0;
    let isFirst = true;
    store.answer = ({ want }) => {
      const granted = isFirst && want > 0 ? Math.min(want, 25) : 0;
      if (granted > 0) isFirst = false;
      return { granted, waitMs: 20, perS: 100 };
    };
    const stopping = new AbortController();
    const gated = Array.from({ length: 30 }, () =>
      bucket.enter(stopping.signal).then((mayBegin) => mayBegin && entered++),
    );
    await until(() => entered > 0);
    expect(entered).toBeLessThanOrEqual(25);
    stopping.abort();
    expect((await Promise.all(gated)).filter((each) => each === false).length).toBe(30 - entered);
  });
});

describe('a pause', () => {
  it('sends back at once those who wait, and tells Redis', async () => {
    store.answer = scarce(50);
    void bucket.take();
    const turns = takes(30);
    bucket.pause(60_000, performance.now());
    const waitMs = await all(turns);
    for (const ms of waitMs.filter((each) => each > 0)) expect(ms).toBeGreaterThan(59_000);
    await until(() => store.paused.length === 1);
    expect(store.paused).toEqual([60_000]);
    expect(bucket.isPaused).toBe(true);
    expect(bucket.take()).toBeGreaterThan(59_000);
    expect(bucket.pass()).toBe(false);
  });

  it('of another worker is obeyed as soon as it is known', async () => {
    store.answer = () => ({ granted: 0, pausedMs: 30_000 });
    await bucket.look();
    expect(bucket.take()).toBeGreaterThan(29_000);
  });

  it('is not begun again by what was on its way when it began', async () => {
    const before = performance.now();
    bucket.pause(1000, performance.now());
    bucket.pause(90_000, before - 1);
    await until(() => store.paused.length > 0);
    expect(store.paused).toEqual([1000]);
  });

  it('ends by itself', async () => {
    store.answer = ({ want }) =>
      performance.now() < ends ? { granted: 0, pausedMs: 50 } : { granted: want };
    const ends = performance.now() + 200;
    bucket.pause(50, performance.now());
    const turn = bucket.enter(new AbortController().signal);
    expect(await turn).toBe(true);
    expect(performance.now()).toBeGreaterThanOrEqual(ends);
  });
});

describe('without Redis', () => {
  it('messages pass, and are charged when it is back', async () => {
    store.answer = () => Promise.reject(new Error('Connection is closed'));
    expect(await all(takes(500))).toEqual(Array(500).fill(0));
    expect(bucket.pass()).toBe(true);
    expect(logger.texts('warn')).toEqual([expect.stringContaining('Connection is closed')]);
    store.answer = ({ want }) => ({ granted: want });
    store.asked.length = 0;
    await bucket.look();
    expect(store.asked[0]).toMatchObject({ spent: 500, used: 500 });
    expect(logger.texts('log')).toHaveLength(1);
  });

  it('that does not answer, they wait a moment only', async () => {
    let wake: (grant: Partial<Grant>) => void = () => {};
    store.answer = () => new Promise((resolve) => (wake = resolve));
    const began = performance.now();
    expect(await all(takes(100))).toEqual(Array(100).fill(0));
    expect(performance.now() - began).toBeLessThan(2000);
    wake({});
  });

  it('a pause that is known lasts all the same', async () => {
    bucket.pause(60_000, performance.now());
    store.answer = () => Promise.reject(new Error('Connection is closed'));
    await bucket.look();
    expect(bucket.take()).toBeGreaterThan(59_000);
  });
});
