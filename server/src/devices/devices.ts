import type { DeviceInfo, DeviceLookup } from '../contract';
import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import { DeviceKeys, hashOf } from './device-keys';
import { readRecord, suffixOf, toDeviceInfo } from './device-record';
import { KEPT_MS, MOST_DEVICES, MOST_OWNERS } from './lifetimes';
import { topicArgs, type TopicRule } from './topics';

/** What an app tells of itself; what it leaves out stays as it is. */
export interface DeviceDetails {
  platform?: string;
  appVersion?: string;
  locale?: string;
  timeZone?: string;
}

export interface Registration extends DeviceDetails {
  userId: string;
  token: string;
  /** `fid`: the token is a Firebase Installation ID. */
  kind?: 'token' | 'fid';
  /** Whether others may have it too. Not given: as the user has it already, else no. */
  shared?: boolean;
}

/** One device that a user's notifications go to. */
export interface DeviceTarget {
  token: string;
  kind: 'token' | 'fid';
  /**
   * Another one each time the token was registered, seen or restored, and never one that it had before, not even when it was
   * signed out in between. Null for a token that is not registered here.
   */
  version: string | null;
  /** What became of its last message; empty when nothing is known. */
  result: string;
  /** When that was noted, ms since the epoch by Redis' clock; 0 when it never was. */
  resultAtMs: number;
  /** BCP 47; left out when the app did not tell. */
  locale?: string;
  /** Left out when the app did not tell. */
  platform?: string;
}

export interface UserTargets {
  devices: DeviceTarget[];
  /** Whether the user has devices that were pruned or quarantined, and can still be restored. */
  anyPruned: boolean;
}

/**
 * Which devices a user has.
 *
 * All keys share one hash tag, so every change is one script in one slot, also on a Redis Cluster: a token moves from one
 * user to another, and every reader sees it with the one or with the other, never with both or none. With a user's devices
 * and a token's owner in slots of their own, a move would be several steps, and each reading as many questions as there are
 * devices. The price is that one master of a cluster holds all of it, some 900 bytes a device.
 *
 * A device's hash is the truth; the set of a user only says where to look. Everything has a time to live: a device of 400
 * days since its last contact or delivered message (one of an older Herald from the next on), a pruned one of 30, and what
 * leads to it as long as that.
 * Rejects when Redis cannot be reached.
 */
export class Devices {
  private readonly keys: DeviceKeys;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
  ) {
    this.keys = new DeviceKeys(prefix);
  }

  /**
   * Registers a token, or moves it to this user. May be repeated. A pruned one is in use again. Here and below, `rules` are the
   * topics that definitions have devices follow: it follows those, and no others but the ones its users wish.
   */
  async register(
    registration: Registration,
    rules: readonly TopicRule[] = [],
  ): Promise<'registered' | 'confirmed' | 'moved'> {
    const { userId: user, token, kind = 'token', shared } = registration;
    const hash = hashOf(token);
    const args = {
      ...this.argsOf(hash, registration),
      user,
      token,
      suffix: suffixOf(token),
      kind,
      shared: shared === undefined ? '' : shared ? 'yes' : 'no',
      most_devices: MOST_DEVICES,
      most_owners: MOST_OWNERS,
      ...topicArgs(rules),
    };
    return (await COMMANDS.register.run(this.redis, this.keysOf(hash), args)) as 'registered';
  }

  /** The app was in contact, whoever uses it. */
  async touch(
    token: string,
    details: DeviceDetails = {},
    rules: readonly TopicRule[] = [],
  ): Promise<'touched' | 'missing'> {
    const hash = hashOf(token);
    const { device } = this.keysOf(hash);
    const args = { ...this.argsOf(hash, details), ...topicArgs(rules) };
    return (await COMMANDS.touch.run(this.redis, { device }, args)) as 'touched';
  }

  /** Takes a token away from one user, or from everybody. */
  async signOut(
    token: string,
    userId = '',
    rules: readonly TopicRule[] = [],
  ): Promise<'forgotten' | 'missing'> {
    const hash = hashOf(token);
    const args = { tag: this.keys.tag, hash, user: userId, ...topicArgs(rules) };
    return (await COMMANDS.signOut.run(this.redis, this.keysOf(hash), args)) as 'forgotten';
  }

  /** A user's registered devices, pruned ones included, latest registered first. */
  async list(userId: string): Promise<DeviceInfo[]> {
    const args = { tag: this.keys.tag, user: userId };
    const answer = await COMMANDS.list.run(this.redis, { user: this.keys.user(userId) }, args);
    const [now, ...devices] = answer as [number, ...[string, string[]][]];
    return devices
      .map(([hash, fields]) => toDeviceInfo(hash, readRecord(fields), now))
      .toSorted(
        (a, b) => b.registered_at.localeCompare(a.registered_at) || a.token_hash.localeCompare(b.token_hash),
      );
  }

  /** The device with this token, and whose it is. */
  async find(token: string): Promise<DeviceLookup | null> {
    const hash = hashOf(token);
    const { device } = this.keysOf(hash);
    const answer = await COMMANDS.find.run(this.redis, { device }, { tag: this.keys.tag, hash });
    const [now, fields, user_ids] = answer as [number, string[], string[]];
    return fields.length === 0 ? null : { ...toDeviceInfo(hash, readRecord(fields), now), user_ids };
  }

  /** Takes a pruning or a quarantine back. */
  async restore(
    userId: string,
    hash: string,
    rules: readonly TopicRule[] = [],
  ): Promise<'restored' | 'active' | 'missing'> {
    const { device } = this.keysOf(hash);
    const args = { tag: this.keys.tag, hash, user: userId, kept_ms: KEPT_MS, ...topicArgs(rules) };
    return (await COMMANDS.restore.run(this.redis, { device }, args)) as 'restored';
  }

  /**
   * What a user's notifications go to: the registered devices that are neither pruned nor quarantined; if there are none, the token another
   * system may have put at `fcm:token:{user_id}`. When that is registered for others it counts as not there, as a device does that
   * has moved to them: they hold the phone now.
   */
  async targetsOf(userId: string): Promise<UserTargets> {
    const user = this.keys.user(userId);
    const string = `fcm:token:${userId}`;
    const isOneSlot = !this.redis.isCluster;
    const keys = { user, string: isOneSlot ? string : user };
    const answer = await COMMANDS.targets.run(this.redis, keys, { tag: this.keys.tag, user: userId });
    const [pruned, mayBeOthers, ...values] = answer as [number, number, ...string[]];
    const devices: DeviceTarget[] = [];
    for (let at = 0; at < values.length; at += FIELDS_OF_A_TARGET) devices.push(targetAt(values, at));
    if (devices.length === 0 && !isOneSlot) {
      const token = await this.redis.get(string).catch(noneIfForeign);
      if (token) devices.push({ token, kind: 'token', version: null, result: '', resultAtMs: 0 });
    }
    const [first] = devices;
    if (mayBeOthers && first?.version === null && (await this.isOthers(first.token, userId))) devices.pop();
    return { devices, anyPruned: pruned > 0 };
  }

  /** Lua knows no SHA-256, so this is a question of its own: for a user's string alone, and where devices are registered at all. */
  private async isOthers(token: string, user: string): Promise<boolean> {
    const hash = hashOf(token);
    const { device } = this.keysOf(hash);
    return (await COMMANDS.isOthers.run(this.redis, { device }, { tag: this.keys.tag, hash, user })) === 1;
  }

  private keysOf(hash: string) {
    return { device: this.keys.device(hash), owners: this.keys.owners(hash) };
  }

  private argsOf(hash: string, { platform, appVersion, locale, timeZone }: DeviceDetails) {
    return {
      tag: this.keys.tag,
      hash,
      platform: platform ?? '',
      app_version: appVersion ?? '',
      locale: locale ?? '',
      time_zone: timeZone ?? '',
      kept_ms: KEPT_MS,
    };
  }
}

const FIELDS_OF_A_TARGET = 7;

/** Whatever else than a string another system has put there is no token. */
function noneIfForeign(error: unknown): null {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null;
  throw error;
}

/** One device of those `targets.lua` has answered. */
function targetAt(values: readonly string[], at: number): DeviceTarget {
  const locale = values[at + 5];
  const platform = values[at + 6];
  return {
    token: values[at]!,
    kind: values[at + 1] === 'fid' ? 'fid' : 'token',
    version: values[at + 2] || null,
    result: values[at + 3]!,
    resultAtMs: Number(values[at + 4]),
    ...(locale && { locale }),
    ...(platform && { platform }),
  };
}
