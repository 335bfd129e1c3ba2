import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DeviceInfo } from '../contract';
import type { RedisClient } from '../redis/connections';
import { Script } from '../redis/script';

export interface Registration {
  userId: string;
  token: string;
  platform?: string;
}

type DeviceRecord = Record<'hash' | 'token' | 'user' | 'registered' | 'seen', string> & { platform?: string };

/**
 * Which registration tokens a user has. All keys share one hash tag, so that moving a token from one user to another is
 * one script. Rejects when Redis cannot be reached.
 */
export class Devices {
  private readonly registerScript = new Script(join(__dirname, 'commands/register.lua'));
  private readonly forgetScript = new Script(join(__dirname, 'commands/forget.lua'));
  private readonly tag: string;

  constructor(
    private readonly redis: RedisClient,
    prefix: string,
  ) {
    this.tag = `{${prefix}:devices}`;
  }

  /** Registers a token, or moves it to this user. May be repeated. */
  async register({ userId, token, platform }: Registration): Promise<'registered' | 'confirmed' | 'moved'> {
    const hash = hashOf(token);
    const args = { user_prefix: this.userPrefix, hash, user: userId, token, platform: platform ?? '' };
    return (await this.registerScript.run(
      this.redis,
      { device: this.deviceKey(hash) },
      args,
    )) as 'registered';
  }

  async forget(token: string): Promise<'forgotten' | 'missing'> {
    const hash = hashOf(token);
    const args = { user_prefix: this.userPrefix, hash };
    return (await this.forgetScript.run(this.redis, { device: this.deviceKey(hash) }, args)) as
      'forgotten' | 'missing';
  }

  /** A user's registered devices, in no particular order. */
  async list(userId: string): Promise<DeviceInfo[]> {
    return (await this.records(userId)).map(({ hash, token, platform, registered, seen }) => ({
      token_hash: hash,
      token_suffix: token.slice(-6),
      platform: platform ?? null,
      registered_at: new Date(Number(registered)).toISOString(),
      seen_at: new Date(Number(seen)).toISOString(),
    }));
  }

  /**
   * The tokens a user's notifications go to: those of the registered devices; if there are none, the one another system
   * may have put at `fcm:token:{user_id}`.
   */
  async tokensOf(userId: string): Promise<string[]> {
    const records = await this.records(userId);
    if (records.length > 0) return records.map(({ token }) => token);
    const token = await this.redis.get(`fcm:token:${userId}`);
    return token ? [token] : [];
  }

  private async records(userId: string): Promise<DeviceRecord[]> {
    const hashes = await this.redis.smembers(this.userPrefix + userId);
    const records = await Promise.all(
      hashes.map(async (hash): Promise<Partial<DeviceRecord>> => ({
        ...(await this.redis.hgetall(this.deviceKey(hash))),
        hash,
      })),
    );
    // Between the two reads a device may have been forgotten, or moved to somebody else.
    return records.filter((record) => record.user === userId) as DeviceRecord[];
  }

  private get userPrefix(): string {
    return `${this.tag}:user:`;
  }

  private deviceKey(hash: string): string {
    return `${this.tag}:device:${hash}`;
  }
}

/** Short enough to keep many, long enough never to meet: the first 16 hex digits of the token's SHA-256. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 16);
}
