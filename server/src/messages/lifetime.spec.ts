import { lifetimeOf } from './lifetime';

const NOON = Date.parse('2026-11-24T12:00:00.500Z');
const NOON_S = Date.parse('2026-11-24T12:00:00Z') / 1000;

describe('how long FCM may keep a message', () => {
  it.each<[string, number | undefined, string | undefined, object]>([
    ['is its own affair when nobody says', undefined, undefined, {}],
    ['is what the definition says', 60, undefined, { ttlS: 60, expiresS: NOON_S + 60 }],
    ['may be not at all', 0, undefined, { ttlS: 0, expiresS: 0 }],
    ['ends before the deadline', undefined, '2026-11-24T12:10:00Z', { ttlS: 599, expiresS: NOON_S + 599 }],
    [
      'ends before a deadline with an offset',
      undefined,
      '2026-11-24T13:10+01:00',
      { ttlS: 599, expiresS: NOON_S + 599 },
    ],
    ['ends before a deadline in Unix seconds', 3600, `${NOON_S + 100}`, { ttlS: 99, expiresS: NOON_S + 99 }],
    ['is the shorter of both', 10, '2026-11-24T12:10:00Z', { ttlS: 10, expiresS: NOON_S + 10 }],
    [
      'is four weeks at most',
      undefined,
      '2027-11-24T12:10:00Z',
      { ttlS: 2_419_200, expiresS: NOON_S + 2_419_200 },
    ],
    ['is this moment when the deadline is', undefined, '2026-11-24T12:00:01Z', { ttlS: 0, expiresS: 0 }],
  ])('%s', (_, ttlS, before, expected) => {
    expect(lifetimeOf(ttlS, before, NOON)).toEqual({ ok: true, ...expected });
  });

  it('is over when the deadline has passed', () => {
    expect(lifetimeOf(60, '2026-11-24T12:00:00Z', NOON)).toEqual({
      ok: false,
      code: 'expired',
      problem: 'it was 2026-11-24T12:00:00.000Z',
    });
  });

  it.each(['', 'soon', '2026-11-24', '2026-11-24T12:10:00', '2026-13-24T12:10:00Z', '123456789012', '-1'])(
    'cannot be told from %j',
    (before) => {
      expect(lifetimeOf(60, before, NOON)).toMatchObject({ ok: false, code: 'message' });
    },
  );
});
