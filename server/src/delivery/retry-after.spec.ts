import { retryAfterMs } from './retry-after';

const now = Date.parse('2026-11-23T12:00:00Z');

describe('a Retry-After header', () => {
  it.each([
    ['0', 0],
    ['3', 3000],
    [' 120 ', 120_000],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30_000],
    ['Mon, 23 Nov 2026 11:59:00 GMT', 0],
    ['99999999', 86_400_000],
    ['Tue, 23 Nov 2027 12:00:00 GMT', 86_400_000],
  ])('%p means %d ms', (header, expected) => {
    expect(retryAfterMs(header, now)).toBe(expected);
  });

  it.each([undefined, '', 'soon', '-', '1e3x', '1.5', '-1', '2027-11-23'])('%p means nothing', (header) => {
    expect(retryAfterMs(header, now)).toBeUndefined();
  });

  it('counts by its first value when a proxy has doubled it', () => {
    expect(retryAfterMs(['7', '9'], now)).toBe(7000);
  });
});
