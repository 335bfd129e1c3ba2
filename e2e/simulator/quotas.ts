import { type Answer, quotaExceeded, QUOTAS, refused } from './answers.ts';
import { forgetOldest } from './bounded.ts';

/** FCM's quotas; one that is not named is not applied. */
export interface QuotaLimits {
  /** Messages of one project, as a bucket that fills steadily and holds a minute's worth, or `messages_burst`. */
  messages_per_minute?: number;
  messages_burst?: number;
  device_per_minute?: number;
  device_per_hour?: number;
  /** Messages with a collapse key to one device: so many at once, then one every `collapsible_every_s` seconds. */
  collapsible_burst?: number;
  collapsible_every_s?: number;
  /** Messages to topics and conditions of one project. */
  fanouts_per_second?: number;
  /** Calls that subscribe or unsubscribe devices. */
  topic_calls_per_second?: number;
  /** Seconds in Retry-After; 0 leaves the header out. Without it: until the next message would pass. */
  retry_after_s?: number;
}

/** What FCM says of itself: https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas */
export const FCM_QUOTAS: QuotaLimits = {
  messages_per_minute: 600_000,
  device_per_minute: 240,
  device_per_hour: 5000,
  collapsible_burst: 20,
  collapsible_every_s: 180,
  fanouts_per_second: 10_000,
  topic_calls_per_second: 3000,
};

const NAMES = [...Object.keys(FCM_QUOTAS), 'messages_burst', 'retry_after_s'];
const REMEMBERED_BUCKETS = 200_000;

/** Undefined when it is no such thing. `fcm` stands for FCM's own. */
export function readQuotas(given: unknown): QuotaLimits | undefined {
  if (given === 'fcm') return FCM_QUOTAS;
  if (given === null) return {};
  if (typeof given !== 'object') return undefined;
  const fits = Object.entries(given).every(
    ([name, limit]) => NAMES.includes(name) && typeof limit === 'number' && limit >= 0,
  );
  return fits ? given : undefined;
}

interface Bucket {
  tokens: number;
  /** ms */
  at: number;
}

interface Size {
  holds: number;
  perSecond: number;
}

/** What has to pass: which bucket, how large it is, what it is about when it is empty. */
interface Gate {
  key: string;
  size: Size;
  subject: keyof typeof QUOTAS;
}

/** Token buckets, none aligned to any clock. Time is given, in ms. */
export class Quotas {
  limits: QuotaLimits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: QuotaLimits = {}) {
    this.limits = limits;
  }

  set(limits: QuotaLimits): void {
    this.limits = limits;
    this.#buckets.clear();
  }

  /** The answer to a message that is one too many; undefined, and counted, when it may pass. */
  message(project: string, now: number): Answer | undefined {
    const { messages_per_minute: perMinute, messages_burst: burst = perMinute } = this.limits;
    if (perMinute === undefined) return undefined;
    const size = { holds: burst ?? perMinute, perSecond: perMinute / 60 };
    return this.#pass([{ key: `project ${project}`, size, subject: 'project' }], now);
  }

  /** The same for one device. */
  device(target: string, collapsible: boolean, now: number): Answer | undefined {
    const { device_per_minute, device_per_hour, collapsible_burst, collapsible_every_s = 180 } = this.limits;
    const gates: Gate[] = [];
    const gate = (key: string, holds: number | undefined, perSecond: number) => {
      if (holds !== undefined)
        gates.push({ key: `${key} ${target}`, size: { holds, perSecond }, subject: 'device' });
    };
    gate('minute', device_per_minute, (device_per_minute ?? 0) / 60);
    gate('hour', device_per_hour, (device_per_hour ?? 0) / 3600);
    if (collapsible) gate('collapsible', collapsible_burst, 1 / collapsible_every_s);
    return this.#pass(gates, now);
  }

  fanOut(project: string, now: number): Answer | undefined {
    return this.#perSecond(`fan-out ${project}`, this.limits.fanouts_per_second, now);
  }

  topicCall(project: string, now: number): Answer | undefined {
    return this.#perSecond(`topic call ${project}`, this.limits.topic_calls_per_second, now);
  }

  /** A message that was answered 429 does not count. */
  giveBack(project: string): void {
    const bucket = this.#buckets.get(`project ${project}`);
    if (bucket) bucket.tokens++;
  }

  #perSecond(key: string, perSecond: number | undefined, now: number): Answer | undefined {
    if (perSecond === undefined) return undefined;
    return this.#pass([{ key, size: { holds: perSecond, perSecond }, subject: 'topic' }], now);
  }

  /** Takes one from each, or from none. */
  #pass(gates: Gate[], now: number): Answer | undefined {
    const buckets = gates.map(({ key, size }) => this.#bucket(key, size, now));
    const empty = buckets.findIndex(({ tokens }) => tokens < 1);
    const gate = gates[empty];
    if (gate) {
      const { retry_after_s: fixed } = this.limits;
      const untilNext = Math.ceil((1 - buckets[empty]!.tokens) / gate.size.perSecond) || 1;
      const retryAfterS = fixed === 0 ? undefined : (fixed ?? Math.min(untilNext, 3600));
      return refused(quotaExceeded(gate.subject, retryAfterS));
    }
    for (const bucket of buckets) bucket.tokens--;
    return undefined;
  }

  #bucket(key: string, { holds, perSecond }: Size, now: number): Bucket {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      bucket = { tokens: holds, at: now };
      this.#buckets.set(key, bucket);
      forgetOldest(this.#buckets, REMEMBERED_BUCKETS);
    }
    bucket.tokens = Math.min(holds, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    bucket.at = now;
    return bucket;
  }
}
