import type { ReadonlyConfig } from '../config/config';

/**
 * FCM's quotas: https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas. That from cold to full takes a minute is
 * asked for by https://firebase.google.com/docs/cloud-messaging/scale-fcm.
 */
export type QuotaSettings = ReadonlyConfig['quotas'];

/** What one bucket that all workers share lets through. */
export interface BucketSize {
  /** Tokens a second when warm. */
  perS: number;
  /** Tokens it holds when cold: what passes at once after a rest. */
  burst: number;
  /** Tokens it holds when warm. */
  holds: number;
  /** Ms from cold to full. */
  rampMs: number;
}

/** So many pass at once, however cold the bucket is. */
const BURST = 500;
/** Of a minute's quota, what a bucket holds at most. */
const SHARE_HELD = 1 / 12;

/**
 * The bucket that never lets more than `perMinute` through in any minute: what it holds and what flows in within that minute are
 * together the quota, whichever minute FCM means.
 */
export function bucketSize(perMinute: number, rampS = 0): BucketSize {
  const most = perMinute * SHARE_HELD;
  const burst = Math.max(1, Math.min(BURST, most));
  // Enough for half a second at full speed: workers take ahead what they will need.
  const holds = Math.max(burst, Math.min(most, perMinute / 120));
  return { perS: Math.max(perMinute - holds, perMinute / 2) / 60, burst, holds, rampMs: rampS * 1000 };
}
