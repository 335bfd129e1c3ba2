import { bucketSize } from './settings';

describe('the size of a bucket', () => {
  it.each([12, 60, 600, 6000, 60_000, 600_000, 6_000_000])(
    'for %d a minute never lets more than that through in a minute',
    (perMinute) => {
      const { perS, holds, burst } = bucketSize(perMinute);
      expect(holds + 60 * perS).toBeLessThanOrEqual(perMinute);
      expect(60 * perS).toBeGreaterThan(perMinute * 0.9);
      expect(burst).toBeLessThanOrEqual(holds);
    },
  );

  it('lets some hundred messages of a cold project through at once', () => {
    expect(bucketSize(600_000).burst).toBe(500);
    expect(bucketSize(6000).burst).toBe(500);
    expect(bucketSize(600).burst).toBe(50);
  });

  it('lets at least one through, however small the quota', () => {
    expect(bucketSize(1)).toMatchObject({ burst: 1, holds: 1, perS: 0.5 / 60 });
  });
});
