import { keysLike, useRedis } from '../../test/redis';
import { until } from '../../test/until';
import { RateLimiter } from './rate-limiter';

const LIMIT = 10;
const test = useRedis();

const allowed = (answers: readonly { allowed: boolean }[]) =>
  answers.filter((answer) => answer.allowed).length;

describe('the rate limiter', () => {
  it('lets exactly 10 of 100 requests pass that come at once, over four processes', async () => {
    const processes = await Promise.all(
      Array.from({ length: 4 }, async () => new RateLimiter(await test.connect(), test.prefix)),
    );
    const requests = Array.from({ length: 100 }, (_, i) =>
      processes[i % 4]!.take('webhook', '10.0.0.1', LIMIT, 60_000),
    );
    expect(allowed(await Promise.all(requests))).toBe(LIMIT);
  });

  it('answers what came at once as if it had come one by one, however much that is', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    const limit = 1800;
    const at = await Promise.all(
      Array.from({ length: 2500 }, () => limiter.take('webhook', 'a', limit, 60_000)),
    );
    expect(at.map(({ allowed }) => allowed)).toEqual(at.map((_, place) => place < limit));
    expect(at.map(({ left }) => left)).toEqual(at.map((_, place) => Math.max(0, limit - 1 - place)));
  });

  it('counts down what is left and says when one more will be allowed', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    const first = await limiter.take('webhook', 'a', 2, 60_000);
    expect(first).toEqual({ allowed: true, left: 1, resetMs: 60_000 });
    expect(await limiter.take('webhook', 'a', 2, 60_000)).toMatchObject({ allowed: true, left: 0 });
    const refused = await limiter.take('webhook', 'a', 2, 60_000);
    expect(refused).toMatchObject({ allowed: false, left: 0 });
    expect(refused.resetMs).toBeGreaterThan(50_000);
    expect(refused.resetMs).toBeLessThanOrEqual(60_000);
  });

  it('lets no more than the limit pass in any window, wherever it begins', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    const windowMs = 200;
    const hits = `${test.prefix}:limit:webhook:a`;
    const passed: number[] = [];
    await until(async () => {
      const { allowed } = await limiter.take('webhook', 'a', 5, windowMs);
      const newest = (await test.redis.zrange(hits, '-1', '-1', 'WITHSCORES'))[1];
      if (allowed) passed.push(Number(newest) / 1000);
      return passed.length === 15;
    });
    for (let i = 5; i < passed.length; i += 1)
      expect(passed[i]! - passed[i - 5]!).toBeGreaterThanOrEqual(windowMs);
  });

  it('frees with each burst that leaves the window what that burst had taken', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    const burst = async (size: number) =>
      allowed(await Promise.all(Array.from({ length: size }, () => limiter.take('webhook', 'a', 7, 1000))));
    const begun = performance.now();
    expect(await burst(3)).toBe(3);
    await until(() => Promise.resolve(performance.now() - begun > 500));
    expect(await burst(5)).toBe(4);
    await until(async () => (await burst(1)) === 1);
    expect(await burst(6)).toBe(2);
  });

  it('does not count refused requests: who keeps asking is let in when the window has passed', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    const ask = () => limiter.take('webhook', 'a', 1, 100);
    expect((await ask()).allowed).toBe(true);
    let refused = 0;
    await until(async () => (await ask()).allowed || void (refused += 1), 1000);
    expect(refused).toBeGreaterThan(1);
  });

  it('neither keeps out nor lets in for long whom it knows from before Redis’ clock was set back', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    const take = () => limiter.take('webhook', 'a', LIMIT, 60_000);
    const inTenMinutes = (Date.now() + 600_000) * 1000;
    await test.redis.zadd(`${test.prefix}:limit:webhook:a`, inTenMinutes, '000000000000010:10');
    const answers = [];
    for (let i = 0; i < 15; i += 1) answers.push(await take());
    expect(allowed(answers)).toBe(LIMIT);
  });

  it('keeps callers and purposes apart', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    const asked = [
      ['webhook', 'a'],
      ['webhook', 'b'],
      ['sign-in', 'a'],
    ] as const;
    expect(allowed(await Promise.all(asked.map(([name, who]) => limiter.take(name, who, 1, 60_000))))).toBe(
      3,
    );
  });

  it('remembers nothing longer than the window', async () => {
    const limiter = new RateLimiter(test.redis, test.prefix);
    await Promise.all(Array.from({ length: 20 }, (_, i) => limiter.take('webhook', `caller-${i}`, 1, 50)));
    await until(async () => (await keysLike(test.redis, `${test.prefix}:*`)).length === 0);
  });
});
