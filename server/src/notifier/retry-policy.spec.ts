import { DELIVERED, refused, UNKNOWN } from '../../test/scripted-provider';
import type { DeliveryResult } from '../delivery/provider';
import {
  type AttemptContext,
  expiry,
  isCounted,
  type NextStep,
  nextStep,
  type RetrySettings,
} from './retry-policy';

const SETTINGS: RetrySettings = { retryDelaysMs: [1000, 4000, 10_000], retryJitter: 0, maxAgeS: 3600 };

function decide(
  results: DeliveryResult[],
  context: Partial<Omit<AttemptContext, 'results' | 'failures'>> & { failures?: number | number[] } = {},
  settings: Partial<RetrySettings> = {},
  random = 0.5,
): NextStep {
  const anyDelivered = results.some(({ outcome }) => outcome === 'delivered');
  const { failures = 0 } = context;
  const each = typeof failures === 'number' ? results.map(() => failures) : failures;
  const attempt = { results, parked: [], anyDelivered, ageMs: 0, ...context, failures: each };
  return nextStep(attempt, { ...SETTINGS, ...settings }, random);
}

describe('the next step after one target', () => {
  const counted = { step: 'retry', delayMs: 1000, counted: true };
  const uncounted = { step: 'retry', delayMs: 60_000, counted: false };

  it.each<[string, DeliveryResult, object]>([
    ['completes what was delivered', DELIVERED, { step: 'complete' }],
    ['buries a wrong message', refused('message'), { step: 'bury', failure: { code: 'INVALID_ARGUMENT' } }],
    [
      'buries when the target is gone',
      refused('target_gone'),
      { step: 'bury', failure: { code: 'UNREGISTERED' } },
    ],
    [
      'buries when it is refused',
      refused('target_refused'),
      { step: 'bury', failure: { code: 'SENDER_ID_MISMATCH' } },
    ],
    [
      'waits 60 s when asked to slow down',
      refused('throttled'),
      { ...uncounted, failure: { code: 'QUOTA_EXCEEDED' } },
    ],
    [
      'waits a moment when our key is refused, because it is held back from then on',
      refused('credentials'),
      { ...uncounted, delayMs: 5000, failure: { code: 'UNAUTHENTICATED' } },
    ],
    [
      "waits a minute when a platform's key is refused",
      refused('platform_credentials'),
      { ...uncounted, failed: false, failure: { code: 'THIRD_PARTY_AUTH_ERROR' } },
    ],
    [
      "tries again after the server's trouble",
      refused('server'),
      { ...counted, failure: { code: 'UNAVAILABLE' } },
    ],
    ['tries again after an unknown outcome', UNKNOWN, { ...counted, failure: { code: 'unknown' } }],
  ])('%s', (_, result, step) => {
    expect(decide([result])).toMatchObject(step);
  });

  it('keeps what the provider said as the reason', () => {
    expect(decide([refused('server')])).toMatchObject({ failure: { message: 'FCM says UNAVAILABLE' } });
    expect(decide([UNKNOWN])).toMatchObject({ failure: { message: 'No answer within 10000 ms' } });
  });
});

describe('the schedule', () => {
  it.each([
    [0, 1000],
    [1, 4000],
    [2, 10_000],
  ])('after %i counted failures waits %i ms', (failures, delayMs) => {
    expect(decide([refused('server')], { failures })).toMatchObject({ step: 'retry', delayMs });
  });

  it('buries when the third retry has failed', () => {
    const step = decide([refused('server')], { failures: 3 });
    expect(step).toMatchObject({ step: 'bury', failure: { code: 'UNAVAILABLE' } });
  });

  it('buries at the first failure when no retries are wanted', () => {
    expect(decide([UNKNOWN], {}, { retryDelaysMs: [] })).toMatchObject({
      step: 'bury',
      failure: { code: 'unknown' },
    });
  });

  it('honours a longer Retry-After', () => {
    expect(decide([refused('server', 30_000)])).toMatchObject({ delayMs: 30_000, counted: true });
  });

  it('does not come back earlier because of a shorter Retry-After', () => {
    expect(decide([refused('server', 200)])).toMatchObject({ delayMs: 1000 });
  });

  it.each([5000, 90_000])('waits exactly the %i ms it is asked to when throttled', (retryAfterMs) => {
    expect(decide([refused('throttled', retryAfterMs)])).toMatchObject({
      delayMs: retryAfterMs,
      counted: false,
    });
  });

  it.each([
    [0, 60_000],
    [60_000, 60_000],
    [120_000, 120_000],
    [240_000, 240_000],
    [480_000, 300_000],
  ])('waits for the key of a platform, at the age of %i ms, %i ms', (ageMs, delayMs) => {
    expect(decide([refused('platform_credentials')], { ageMs })).toMatchObject({ delayMs, counted: false });
  });

  it('goes on waiting for a quota when all retries are used up', () => {
    expect(decide([refused('throttled')], { failures: 3 })).toMatchObject({ step: 'retry', counted: false });
  });

  it.each([
    [0, 1000],
    [0.5, 800],
    [1, 600],
  ])('with a jitter of 0.4 and chance at %d waits %i ms', (random, delayMs) => {
    expect(decide([refused('server')], {}, { retryJitter: 0.4 }, random)).toMatchObject({ delayMs });
  });

  it('never lets jitter undercut a Retry-After', () => {
    expect(decide([refused('server', 1000)], {}, { retryJitter: 1 }, 1)).toMatchObject({ delayMs: 1000 });
  });

  it('waits whole milliseconds', () => {
    expect(decide([refused('server')], {}, { retryJitter: 0.1 }, 0.3333)).toMatchObject({ delayMs: 967 });
  });
});

describe('an event that grows too old', () => {
  it('is given up when its next try would come after its time', () => {
    const step = decide([refused('server')], { ageMs: 3_599_001 });
    expect(step).toMatchObject({ step: 'bury', failure: { code: 'expired' } });
  });

  it('gets a last try that comes in time', () => {
    expect(decide([refused('server')], { ageMs: 3_599_000 })).toMatchObject({ step: 'retry' });
  });

  it('says what kept it from being delivered', () => {
    const step = decide([refused('throttled')], { ageMs: 3_590_000 });
    expect(step).toMatchObject({ failure: { message: expect.stringContaining('QUOTA_EXCEEDED: FCM says') } });
  });

  it('is delivered all the same when this try did it', () => {
    expect(decide([DELIVERED], { ageMs: 4_000_000 })).toEqual({ step: 'complete' });
  });

  it('is not tried at all', () => {
    expect(expiry(3_600_001, SETTINGS)).toMatchObject({ code: 'expired' });
    expect(expiry(3_600_000, SETTINGS)).toBeNull();
  });
});

describe('several targets', () => {
  it.each<[string, DeliveryResult[]]>([
    ['all of them have it', [DELIVERED, DELIVERED]],
    ['one has it and the other is gone', [refused('target_gone'), DELIVERED]],
    ['one has it and the other belongs to somebody else', [DELIVERED, refused('target_refused')]],
  ])('complete the event when %s', (_, results) => {
    expect(decide(results)).toEqual({ step: 'complete' });
  });

  it('complete it when one has it from an earlier try and the last open one is gone', () => {
    expect(decide([refused('target_gone')], { anyDelivered: true })).toEqual({ step: 'complete' });
  });

  it('bury it when the last of them is gone', () => {
    const step = decide([refused('target_gone'), refused('target_gone')]);
    expect(step).toMatchObject({ step: 'bury', failure: { code: 'UNREGISTERED' } });
  });

  it('bury it as unregistered when no target is left to try', () => {
    expect(decide([])).toMatchObject({ step: 'bury', failure: { code: 'UNREGISTERED' } });
  });

  it('are tried again while one of them is open', () => {
    const step = decide([DELIVERED, refused('target_gone'), refused('server')]);
    expect(step).toMatchObject({ step: 'retry', counted: true, failure: { code: 'UNAVAILABLE' } });
  });

  it('wait each as long as it was asked to: the event for the first of them, the others longer', () => {
    const results = [refused('throttled', 20_000), DELIVERED, refused('server')];
    expect(decide(results)).toMatchObject({
      ...{ delayMs: 1000, counted: true, failure: { code: 'UNAVAILABLE' } },
      parkedMs: [20_000, null, null],
    });
  });

  it('that are due within a second of each other are tried together', () => {
    const results = [refused('throttled', 5000), refused('throttled', 5999), refused('throttled', 6001)];
    expect(decide(results)).toMatchObject({ delayMs: 5999, parkedMs: [null, null, 6001] });
  });

  it('that are parked are waited for when all others are settled', () => {
    const parked = [{ ms: 40_000, code: 'THIRD_PARTY_AUTH_ERROR' }];
    expect(decide([DELIVERED], { parked })).toMatchObject({
      ...{ step: 'retry', delayMs: 40_000, counted: false, failed: false },
      failure: { code: 'THIRD_PARTY_AUTH_ERROR' },
    });
  });

  it('that are parked do not make the others wait', () => {
    const parked = [{ ms: 40_000, code: 'THIRD_PARTY_AUTH_ERROR' }];
    expect(decide([refused('server')], { parked })).toMatchObject({ delayMs: 1000, counted: true });
  });

  it('are not given up for one whose retries are used up: it is tried along', () => {
    const step = decide([refused('server'), refused('throttled', 20_000)], { failures: 3 });
    expect(step).toMatchObject({ step: 'retry', delayMs: 20_000, parkedMs: [null, null] });
  });

  it('have retries of their own', () => {
    const step = decide([refused('server'), refused('server')], { failures: [3, 0] });
    expect(step).toMatchObject({ step: 'retry', delayMs: 1000, counted: true });
  });

  it('say that something failed only when it did', () => {
    expect(decide([DELIVERED, refused('throttled')])).toMatchObject({ failed: false });
    expect(decide([refused('target_gone'), refused('throttled')])).toMatchObject({ failed: true });
    expect(decide([refused('server'), DELIVERED])).toMatchObject({ failed: true });
  });

  it('use up no retry when all that is open has to wait', () => {
    expect(decide([DELIVERED, refused('throttled'), refused('credentials')])).toMatchObject({
      counted: false,
    });
  });

  it('bury the event when the message is wrong, whoever it is for', () => {
    const step = decide([refused('server'), refused('message')]);
    expect(step).toMatchObject({ step: 'bury', failure: { code: 'INVALID_ARGUMENT' } });
  });
});

it.each<[DeliveryResult, boolean]>([
  [DELIVERED, false],
  [UNKNOWN, true],
  [refused('server'), true],
  [refused('message'), true],
  [refused('target_gone'), true],
  [refused('throttled'), false],
  [refused('platform_credentials'), false],
  [refused('credentials'), false],
])('%j uses up a retry: %s', (result, counted) => {
  expect(isCounted(result)).toBe(counted);
});
