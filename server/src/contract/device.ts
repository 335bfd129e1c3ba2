/** What an app can run on. */
export const PLATFORMS = ['android', 'ios', 'web'] as const;
export type Platform = (typeof PLATFORMS)[number];

/**
 * How much is to be expected of a device: `stale` after 30 days without contact; `expired` after 270, on Android only, where
 * FCM then gives its token up; `pruned` when FCM said that its token is gone, `quarantined` when it said that it belongs to another
 * sender. Only these two are no targets any more.
 */
export const DEVICE_STATES = ['active', 'stale', 'expired', 'pruned', 'quarantined'] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** A device of a user, as operators may see it. */
export interface DeviceInfo {
  /** SHA-256 of the token, first 16 hex digits. */
  token_hash: string;
  /** The token's last six characters; of a short one, at most half. */
  token_suffix: string;
  /** A registration token, or a Firebase Installation ID. */
  kind: 'token' | 'fid';
  platform: string | null;
  app_version: string | null;
  locale: string | null;
  time_zone: string | null;
  /** Whether several users may have it. */
  shared: boolean;
  state: DeviceState;
  registered_at: string;
  seen_at: string;
  /** What became of the last message: `delivered`, `dry_run`, `unknown` or FCM's error code. May be an hour old when it stays the same. */
  last_result: { code: string; at: string } | null;
  /** Since when it is pruned, why, and until when it can be restored. */
  pruned: { at: string; code: string; restorable_until: string } | null;
  /** Since when it is quarantined, and why. */
  quarantined: { at: string; code: string } | null;
}

export interface DeviceList {
  user_id: string;
  /** Latest registered first. */
  items: DeviceInfo[];
  next_cursor: string | null;
  /** How many there are, on all pages. */
  total: number;
  /** Since when nothing is pruned, because suspiciously much would be; null while all is well. */
  pruning_stopped_at: string | null;
  /** Since when nothing is quarantined, for the same reason. */
  quarantine_stopped_at: string | null;
}

/** A device that was looked up by its token. */
export interface DeviceLookup extends DeviceInfo {
  user_ids: string[];
}

/** A topic that devices of a user follow, or are to follow. */
export interface FollowedTopic {
  topic: string;
  /** Whether a message definition has it so, or somebody wished it for this user. */
  by: 'definition' | 'user';
  devices: {
    token_hash: string;
    /** `wanted` until FCM was told. */
    state: 'wanted' | 'subscribed' | 'refused';
    /** Why FCM refused. */
    code: string | null;
  }[];
}

export interface UserTopics {
  user_id: string;
  items: FollowedTopic[];
  /** Topics the user does not follow whatever definitions say. */
  excluded: string[];
}
