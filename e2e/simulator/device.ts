import type { Message } from './check-message.ts';
import { type Platform, PRESENT, type Presentation } from './presentation.ts';

/** FCM drops everything when more than so many wait for one device, and keeps at most so many collapse keys. */
const MOST_WAITING = 100;
const MOST_COLLAPSE_KEYS = 4;
/** The oldest leave the screen first. */
const MOST_SHOWN = 100;

/** A notification on a person's screen. Times in ISO 8601. */
export interface Notification {
  title: string;
  body: string;
  image?: string;
  /** Android's and the web's `tag`, Apple's `apns-collapse-id`. */
  tag?: string;
  event_id?: string;
  /** The topic or condition it came by; none when it was sent to this very device. */
  topic?: string;
  /** Id of the message that is shown. */
  message: string;
  first_shown_at: string;
  shown_at: string;
  /** How many messages came to this one notification; all but the first replaced what was there. */
  times: number;
}

export interface DeviceCounts {
  /** Messages that reached the device. */
  arrived: number;
  /** How often it rang: a notification that replaces another does not. */
  rings: number;
  replaced: number;
  /** Messages that only the app sees. */
  silent: number;
  /** Never arrived: waited longer than their TTL. */
  expired: number;
  /** Never arrived: a later one with their collapse key took their place. */
  collapsed: number;
  /** Never arrived: too many waited. */
  dropped: number;
}

export interface Incoming {
  /** Id of the message, as in its name. */
  id: string;
  message: Message;
  topic?: string;
}

interface Waiting {
  incoming: Incoming;
  collapseKey?: string;
  /** ms since the epoch */
  until: number;
}

/** One phone, tablet or browser: what is on its screen, how often it rang, and what waits until it is back online. */
export class Device {
  readonly counts: DeviceCounts = {
    arrived: 0,
    rings: 0,
    replaced: 0,
    silent: 0,
    expired: 0,
    collapsed: 0,
    dropped: 0,
  };
  platform: Platform;
  #online = true;
  #waiting: Waiting[] = [];
  readonly #screen = new Map<string, Notification>();

  constructor(platform: Platform) {
    this.platform = platform;
  }

  get online(): boolean {
    return this.#online;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** The newest first. */
  get shown(): Notification[] {
    return [...this.#screen.values()].reverse();
  }

  get shownCount(): number {
    return this.#screen.size;
  }

  /** Times in ms since the epoch. */
  setOnline(online: boolean, now: number): void {
    this.#online = online;
    if (!online) return;
    for (const { incoming, until } of this.#waiting.splice(0)) {
      if (until > now) this.#arrive(incoming, now);
      else this.counts.expired++;
    }
  }

  take(incoming: Incoming, now: number): void {
    if (this.#online) this.#arrive(incoming, now);
    else this.#wait(incoming, now);
  }

  /** The person wipes everything away. What rang has rung. */
  dismiss(): void {
    this.#screen.clear();
  }

  #arrive({ id, message, topic }: Incoming, now: number): void {
    this.counts.arrived++;
    const { notification, tag } = this.#present(message, now);
    if (!notification) {
      this.counts.silent++;
      return;
    }
    const key = tag === undefined ? `message ${id}` : `tag ${tag}`;
    const before = this.#screen.get(key);
    const at = new Date(now).toISOString();
    if (before) this.counts.replaced++;
    else this.counts.rings++;
    // Deleted first, because what is new is shown on top.
    this.#screen.delete(key);
    this.#screen.set(key, {
      ...notification,
      ...(tag !== undefined && { tag }),
      ...(message.data?.['event_id'] !== undefined && { event_id: message.data['event_id'] }),
      ...(topic !== undefined && { topic }),
      message: id,
      first_shown_at: before?.first_shown_at ?? at,
      shown_at: at,
      times: (before?.times ?? 0) + 1,
    });
    if (this.#screen.size > MOST_SHOWN) this.#screen.delete(this.#screen.keys().next().value!);
  }

  #wait(incoming: Incoming, now: number): void {
    const { collapseKey, waitsMs } = this.#present(incoming.message, now);
    if (waitsMs <= 0) {
      this.counts.expired++;
      return;
    }
    if (collapseKey !== undefined) this.#collapse(collapseKey);
    this.#waiting.push({ incoming, collapseKey, until: now + waitsMs });
    if (this.#waiting.filter((each) => each.collapseKey === undefined).length > MOST_WAITING)
      this.counts.dropped += this.#waiting.splice(0).length;
  }

  #collapse(key: string): void {
    const keys = new Set(this.#waiting.flatMap(({ collapseKey }) => collapseKey ?? []));
    const outdated = keys.has(key) || keys.size < MOST_COLLAPSE_KEYS ? key : [...keys][0];
    const kept = this.#waiting.filter(({ collapseKey }) => collapseKey !== outdated);
    this.counts.collapsed += this.#waiting.length - kept.length;
    this.#waiting = kept;
  }

  #present(message: Message, now: number): Presentation {
    return PRESENT[this.platform](message, now);
  }
}
