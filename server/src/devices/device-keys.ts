import { hash } from 'node:crypto';

/** Names of the keys that hold devices. All share one hash tag, so that each script over them stays in one slot. */
export class DeviceKeys {
  readonly tag: string;
  /** There while any device may be. */
  readonly any: string;
  readonly breaker: string;
  /** Sorted set of topics by the ms at which FCM is to be told of their devices. */
  readonly topicsDue: string;
  /** How many devices may still be told of in this second. */
  readonly topicAllowance: string;

  constructor(prefix: string) {
    this.tag = `{${prefix}:devices}`;
    this.any = `${this.tag}:any`;
    this.breaker = `${this.tag}:breaker`;
    this.topicsDue = `${this.tag}:topics-due`;
    this.topicAllowance = `${this.tag}:topic-allowance`;
  }

  user(userId: string): string {
    return `${this.tag}:user:${userId}`;
  }

  device(hash: string): string {
    return `${this.tag}:device:${hash}`;
  }

  owners(hash: string): string {
    return `${this.tag}:owners:${hash}`;
  }
}

/** Short enough to keep many, long enough never to meet: the first 16 hex digits of the token's SHA-256. */
export function hashOf(token: string): string {
  return hash('sha256', token).slice(0, 16);
}
