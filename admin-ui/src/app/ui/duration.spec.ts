import { formatAge, formatDuration, formatRelative } from './duration';

describe('ages and durations', () => {
  it.each([
    [0, 'now'],
    [999, 'now'],
    [1_000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_599_999, '59 min'],
    [3_600_000, '1 h'],
    [86_399_999, '23 h'],
    [86_400_000, '1 d'],
  ])('an age of %i ms is %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });

  it.each([
    [10_000, 10_400, 'just now'],
    [10_000, 22_000, '12 s ago'],
    [200_000, 10_000, 'in 3 min'],
  ])('a moment at %i seen at %i is %s', (moment, now, text) => {
    expect(formatRelative(moment, now)).toBe(text);
  });

  it.each([
    [3.4, '3 ms'],
    [1_240, '1.2 s'],
    [65_000, '1 min 5 s'],
  ])('something that took %i ms took %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
