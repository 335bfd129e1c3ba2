import { useRedis } from '../../test/redis';
import { RateLimiter } from '../redis/rate-limiter';
import { WrongTokens } from './wrong-tokens';

const test = useRedis();

describe('a wrong token', () => {
  it('is wrong, and from the 101st in a minute on it has to wait', async () => {
    const wrong = new WrongTokens(new RateLimiter(test.redis, test.prefix));
    for (let i = 0; i < 100; i += 1)
      await expect(wrong.refuse('192.0.2.1')).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(wrong.refuse('192.0.2.1')).rejects.toMatchObject({
      code: 'rate_limited',
      extra: { retryAfterS: expect.any(Number) as number },
    });
    await expect(wrong.refuse('192.0.2.2')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('is wrong whichever address of its network it comes from', async () => {
    const wrong = new WrongTokens(new RateLimiter(test.redis, test.prefix));
    const guesses = Array.from({ length: 101 }, (_, i) =>
      wrong.refuse(`2001:db8::${i}`).catch((error: unknown) => error),
    );
    const codes = (await Promise.all(guesses)).map((problem) => (problem as { code: string }).code);
    expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(1);
  });

  it('is wrong while Redis is away, too', async () => {
    const client = await test.connect();
    const wrong = new WrongTokens(new RateLimiter(client, test.prefix));
    client.disconnect();
    await expect(wrong.refuse('192.0.2.1')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('does not hide a mistake of ours', async () => {
    // A limiter without a connection stands for any mistake.
    const broken = new RateLimiter(undefined as never, test.prefix);
    await expect(new WrongTokens(broken).refuse('192.0.2.1')).rejects.toBeInstanceOf(TypeError);
  });
});
