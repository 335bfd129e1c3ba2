import type { Logger } from '@nestjs/common';
import type { DeliveryResult, PushMessage } from '../delivery/provider';
import type { RedisClient } from '../redis/connections';
import type { Metrics } from '../telemetry/metrics';
import { BucketStore } from './bucket-store';
import { DeviceQuotas } from './device-quotas';
import { QuotaKeys } from './quota-keys';
import type { QuotaSettings } from './settings';
import { SharedBucket } from './shared-bucket';

/** Share of the project's quota from which on FCM grants more of it, and an operator should know. */
const HIGH_USE = 0.8;

export interface GovernorParts {
  redis: RedisClient;
  prefix: string;
  /** A name that no other worker has. */
  worker: string;
  settings: QuotaSettings;
  metrics: Pick<Metrics, 'quotaUse' | 'quotaWaits' | 'quotaPaused'>;
  logger: Pick<Logger, 'log' | 'warn'>;
}

/** Keeps FCM's quotas together with the other workers, so that FCM never has to. */
export class Governor {
  private readonly project: SharedBucket;
  private readonly topics: SharedBucket;
  private readonly devices: DeviceQuotas;
  private isHigh = false;
  private wasPaused = false;

  constructor(private readonly parts: GovernorParts) {
    const { redis, settings, worker, logger, metrics } = parts;
    const keys = new QuotaKeys(parts.prefix);
    const waits = (scope: string) => () => metrics.quotaWaits.inc({ scope });
    const { perMinute, rampS, topicPerS } = settings;
    const project = new BucketStore(redis, keys.project, perMinute, rampS, worker);
    this.project = new SharedBucket(project, { onWait: waits('project') }, logger, project.size.perS);
    const topics = new BucketStore(redis, keys.topics, topicPerS * 60, 0, worker);
    this.topics = new SharedBucket(topics, { onWait: waits('topic') }, logger, topics.size.perS);
    this.devices = new DeviceQuotas(redis, keys, settings, (scope) => metrics.quotaWaits.inc({ scope }));
  }

  /**
   * Whether a message may go: 0 when it may, else after how many ms it may come back. It is a promise when its turn is near
   * enough to wait for, or when Redis has to be asked. `key` is the target's, from `targetKey`.
   */
  admit(message: PushMessage, key: string): number | Promise<number> {
    const turn = this.project.take();
    if (turn !== 0) return typeof turn === 'number' ? turn : this.inTurn(turn, message, key);
    const second = this.further(message, key);
    return second === 0 ? 0 : this.orGiveBack(second);
  }

  /** Lets an event be begun, if it need not wait: the project's quota is everybody's, so events wait for it before they are begun. */
  pass(): boolean {
    return this.project.pass();
  }

  /** Resolves when an event may be begun: true; false when `signal` has aborted first. */
  enter(signal: AbortSignal): Promise<boolean> {
    return this.project.enter(signal);
  }

  /** What came of a message that was sent at `startedMs` of `performance.now()`. */
  saw(result: DeliveryResult, key: string, startedMs: number): void {
    if (result.outcome !== 'failed' || result.cause !== 'throttled') return;
    const { scope = 'project', retryAfterMs = 60_000 } = result;
    if (scope === 'device') void this.devices.block(key, retryAfterMs);
    else this[scope === 'topic' ? 'topics' : 'project'].pause(retryAfterMs, startedMs);
  }

  /** Learns from the other workers, and tells operators. */
  async watch(): Promise<void> {
    await Promise.all([this.project.look(), this.topics.look()]);
    const { metrics, logger } = this.parts;
    const { use, isPaused } = this.project;
    metrics.quotaUse.set(use);
    metrics.quotaPaused.set(isPaused ? 1 : 0);
    if (isPaused && !this.wasPaused)
      logger.warn('FCM says that its quota is exceeded: all deliveries wait, then go on more slowly');
    if (!isPaused && this.wasPaused) logger.log('Deliveries go on, more slowly for some minutes');
    this.wasPaused = isPaused;
    const isHigh = use > HIGH_USE;
    if (isHigh && !this.isHigh)
      logger.warn(`More than ${HIGH_USE * 100} % of the quota of messages was used in the last minute`);
    this.isHigh = isHigh;
  }

  close(): void {
    this.project.close();
    this.topics.close();
  }

  private further({ target, android }: PushMessage, key: string): number | Promise<number> {
    if ('token' in target) return this.devices.admit(key, isCollapsible(android));
    return this.topics.take();
  }

  private async inTurn(turn: Promise<number>, message: PushMessage, key: string): Promise<number> {
    const waitMs = await turn;
    if (waitMs > 0) return waitMs;
    return this.orGiveBack(this.further(message, key));
  }

  private async orGiveBack(turn: number | Promise<number>): Promise<number> {
    const waitMs = await turn;
    if (waitMs > 0) this.project.giveBack();
    return waitMs;
  }
}

/** Lets everything pass at once: quotas are off, or nothing leaves the machine. */
export const NO_QUOTAS: Pick<Governor, 'admit' | 'pass' | 'enter' | 'saw'> = {
  admit: () => 0,
  pass: () => true,
  enter: () => Promise.resolve(true),
  saw: () => undefined,
};

/** Messages that FCM may replace by later ones: with a collapse key, unless they are worth nothing when not delivered at once. */
function isCollapsible(android: PushMessage['android']): boolean {
  return android?.collapse_key !== undefined && !/^0(\.0*)?s$/.test(android.ttl ?? '');
}
