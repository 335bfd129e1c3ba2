import type { DeviceState } from '../contract';

const DAY_MS = 86_400_000;

/** Without contact for so long a device is stale, as FCM's guide to managing tokens has it. */
export const STALE_MS = 30 * DAY_MS;

/** FCM gives up the token of an Android device that was idle for so long; there is no such rule for other platforms. */
export const EXPIRED_MS = 270 * DAY_MS;

/** How long a pruned device can be restored; after that it is gone. */
export const PRUNED_KEPT_MS = 30 * DAY_MS;

/** A device is forgotten so long after its last contact, or the last message that FCM took for it. */
export const KEPT_MS = 400 * DAY_MS;

/** How many devices one user can have, and users one shared device. Whoever was not seen the longest makes room. */
export const MOST_DEVICES = 1000;
export const MOST_OWNERS = 20;

/** FCM: so many topics one app instance may follow. */
export const MOST_TOPICS = 2000;

export interface Life {
  seenMs: number;
  platform: string | null;
  prunedMs: number | null;
  isQuarantined: boolean;
}

/** `now` in ms since the epoch, by Redis' clock as the other times. */
export function stateOf({ seenMs, platform, prunedMs, isQuarantined }: Life, now: number): DeviceState {
  if (prunedMs !== null) return 'pruned';
  if (isQuarantined) return 'quarantined';
  const silentMs = now - seenMs;
  if (platform === 'android' && silentMs >= EXPIRED_MS) return 'expired';
  return silentMs >= STALE_MS ? 'stale' : 'active';
}
