import { bearerToken } from './bearer';
import { mayReadMetrics } from './metrics-token';

describe('a bearer token', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER   abc', 'abc'],
    ['Bearer abc  ', 'abc'],
    ['Bearer two words', 'two words'],
    ['Bearer Bearer', 'Bearer'],
  ])('is found in %p', (authorization, token) => {
    expect(bearerToken({ authorization })).toBe(token);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearerabc',
    'Basic abc',
    'abc',
    ' Bearer abc',
    'x Bearer abc',
  ])('is not in %p', (authorization) => {
    expect(bearerToken({ authorization })).toBeNull();
  });

  it('is looked for in a time that grows no faster than the header', () => {
    const authorization = `Bearer a${' '.repeat(200_000)}b`;
    const start = performance.now();
    expect(bearerToken({ authorization })).toHaveLength(200_002);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('metrics', () => {
  it("are anybody's while no token is set", () => {
    expect(mayReadMetrics({}, undefined)).toBe(true);
    expect(mayReadMetrics({ authorization: 'Bearer x' }, undefined)).toBe(true);
  });

  it('need the token that is set', () => {
    expect(mayReadMetrics({ authorization: 'Bearer right' }, 'right')).toBe(true);
    for (const authorization of [undefined, '', 'right', 'Basic right', 'Bearer wrong', 'Bearer rightt'])
      expect(mayReadMetrics({ authorization }, 'right')).toBe(false);
  });
});
