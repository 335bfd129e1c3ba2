import type { RedisClient } from '../redis/connections';
import { COMMANDS } from './commands';
import type { QuotaKeys } from './quota-keys';
import type { QuotaSettings } from './settings';

const MINUTE_MS = 60_000;

/**
 * A device's bucket holds this much of its quota: the rest is for what workers have sent to it without asking, and is enough for
 * so many of them.
 */
const SHARE_TOLD = 0.9;
const WORKERS = 3;

/** Counters, two bytes each. Devices that share one become suspicious sooner, and Redis then knows better. */
const COUNTERS = 1 << 20;
const DIGITS = 5;
const MOST_COUNTED = 65_535;

/** So many devices that are at their limit are remembered, so that nobody asks about them before their time. */
const MOST_BLOCKED = 10_000;

/** Whoever may go this soon, in ms, waits in place. */
const PATIENCE_MS = 1000;

export type DeviceScope = 'device' | 'collapsible';

interface Block {
  untilMs: number;
  /** The turn of the last message that was told to come back, and how far apart they are. */
  turnMs: number;
  stepMs: number;
  scope: DeviceScope;
}

interface Limits {
  minute_holds: number;
  minute_ms: number;
  hour_holds: number;
  hour_ms: number;
}

const NO_LIMITS: Limits = { minute_holds: 0, minute_ms: 0, hour_holds: 0, hour_ms: 0 };

/**
 * The quotas of single devices. In the process a million counters tell which devices get many messages; only about those, and
 * about messages with a collapse key, Redis is asked, which knows of all workers. A limit on collapsible messages is exact; the
 * others err by what was sent without asking, at most 8 messages a minute and worker with FCM's own quotas, for which the
 * buckets leave room. When Redis is away, or says nothing in time, messages pass.
 */
export class DeviceQuotas {
  private readonly counts = new Uint16Array(COUNTERS);
  private countedFromMs = 0;
  private readonly blocked = new Map<string, Block>();
  private readonly limits: Limits;
  /** From so many messages to one device in a minute on, Redis is asked about each. */
  private readonly suspicious: number;

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: QuotaKeys,
    private readonly settings: QuotaSettings,
    private readonly onWait: (scope: DeviceScope) => void,
  ) {
    const { devicePerMinute, devicePerHour } = settings;
    const room = [devicePerMinute / WORKERS, devicePerHour / 60].filter((messages) => messages > 0);
    this.suspicious = Math.max(1, Math.floor(Math.min(...room) * (1 - SHARE_TOLD) + 0.01));
    this.limits = {
      ...{
        minute_holds: Math.ceil(devicePerMinute * SHARE_TOLD),
        minute_ms: every(devicePerMinute, MINUTE_MS),
      },
      ...{ hour_holds: Math.ceil(devicePerHour * SHARE_TOLD), hour_ms: every(devicePerHour, 60 * MINUTE_MS) },
    };
  }

  /** 0 when a message may go to the device; else after how many ms it may come back. `key` is from `targetKey`. */
  admit(key: string, isCollapsible: boolean): number | Promise<number> {
    const now = performance.now();
    if (this.blocked.size > 0) {
      const waitMs = this.waitOf(key, isCollapsible, now);
      if (waitMs > 0) return waitMs;
    }
    if (now - this.countedFromMs >= MINUTE_MS) {
      this.counts.fill(0);
      this.countedFromMs = now;
    }
    const counter = parseInt(key.slice(0, DIGITS), 16);
    const count = this.counts[counter]!;
    if (count < MOST_COUNTED) this.counts[counter] = count + 1;
    const isSuspicious = count >= this.suspicious;
    if (!isSuspicious && !(isCollapsible && this.settings.collapsibleBurst > 0)) return 0;
    return this.ask(key, isSuspicious, count === this.suspicious ? count : 0, isCollapsible);
  }

  /** FCM has refused a message for this device's quota. */
  async block(key: string, waitMs: number): Promise<void> {
    const now = performance.now();
    this.remember(key, {
      untilMs: now + waitMs,
      turnMs: now + waitMs,
      stepMs: this.stepOf('device'),
      scope: 'device',
    });
    await COMMANDS.blockDevice
      .run(this.redis, { device: this.keys.device(key) }, { block_ms: Math.ceil(waitMs) })
      .catch(() => {
        // Redis is away: the other workers will find out by themselves.
      });
  }

  private async ask(
    key: string,
    isSuspicious: boolean,
    before: number,
    isCollapsible: boolean,
  ): Promise<number> {
    const { collapsibleBurst, collapsibleRefillS } = this.settings;
    const args = {
      ...(isSuspicious ? this.limits : NO_LIMITS),
      collapsible_holds: isCollapsible ? collapsibleBurst : 0,
      collapsible_ms: collapsibleRefillS * 1000,
      before,
      patience_ms: PATIENCE_MS,
    };
    const answer = await COMMANDS.admitDevice
      .run(this.redis, { device: this.keys.device(key) }, args)
      // Redis is away: nothing new is begun then, and what is must not wait for it.
      .catch(() => [0, 'device']);
    const [waitMs, scope] = answer as [number, DeviceScope];
    if (waitMs <= 0) return 0;
    if (waitMs <= PATIENCE_MS) {
      this.onWait(scope);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      return 0;
    }
    const untilMs = performance.now() + waitMs;
    this.remember(key, { untilMs, turnMs: untilMs, stepMs: this.stepOf(scope), scope });
    this.onWait(scope);
    return waitMs;
  }

  private waitOf(key: string, isCollapsible: boolean, now: number): number {
    const block = this.blocked.get(key);
    if (!block || (block.scope === 'collapsible' && !isCollapsible)) return 0;
    if (now >= block.untilMs) {
      this.blocked.delete(key);
      return 0;
    }
    block.turnMs += block.stepMs;
    this.onWait(block.scope);
    return block.turnMs - now;
  }

  private remember(key: string, block: Block): void {
    this.blocked.delete(key);
    this.blocked.set(key, block);
    if (this.blocked.size <= MOST_BLOCKED) return;
    for (const oldest of this.blocked.keys()) {
      this.blocked.delete(oldest);
      return;
    }
  }

  private stepOf(scope: DeviceScope): number {
    if (scope === 'collapsible') return this.settings.collapsibleRefillS * 1000;
    return this.limits.minute_ms;
  }
}

/** Ms after which a bucket with a quota of so many in `ms` gets one back. */
function every(quota: number, ms: number): number {
  return quota > 0 ? ms / (quota * SHARE_TOLD) : 0;
}
