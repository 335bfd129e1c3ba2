import { Device, type DeviceCounts, type Incoming, type Notification } from './device.ts';
import { type Platform, platformOf } from './presentation.ts';

/** A device as a test sees it. */
export interface InboxDevice extends DeviceCounts {
  token: string;
  platform: Platform;
  online: boolean;
  /** Messages that wait until it is online. */
  waiting: number;
  /** Events that are on its screen more than once: an annoyed person. */
  shown_twice: string[];
  /** The newest first. */
  notifications: Notification[];
}

export interface InboxTotals {
  devices: number;
  /** Notifications on all screens. */
  shown: number;
  rings: number;
  replaced: number;
  /** Events that are on one screen more than once, over all devices. */
  shown_twice: number;
  /** Devices that were forgotten because there are too many. */
  forgotten: number;
}

export interface DeviceState {
  platform?: Platform;
  online?: boolean;
}

/** What people see: every device that got a message. Those that got none for the longest are forgotten first. */
export class Inbox {
  readonly #limit: number;
  readonly #devices = new Map<string, Device>();
  #forgotten = 0;

  /** `limit`: so many devices; 0 keeps nothing at all. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `now` in ms since the epoch. */
  deliver(token: string, incoming: Incoming, now: number): void {
    if (this.#limit === 0) return;
    const device = this.#device(token);
    // Put at the end again: it got a message just now.
    this.#devices.delete(token);
    this.#devices.set(token, device);
    device.take(incoming, now);
  }

  /** Tells about a device what its token does not say, or switches it off and on. */
  set(token: string, { platform, online }: DeviceState, now: number): void {
    const device = this.#device(token);
    if (platform) device.platform = platform;
    if (online !== undefined) device.setOnline(online, now);
  }

  /** Of one device, or those with one event on the screen, if asked. The latest that got a message first. */
  list({ token, eventId, limit = Infinity }: { token?: string; eventId?: string; limit?: number } = {}) {
    const found: InboxDevice[] = [];
    for (const each of token === undefined ? [...this.#devices.keys()].reverse() : [token]) {
      const device = this.#devices.get(each);
      if (!device || found.length >= limit) continue;
      const shown = show(each, device);
      if (eventId === undefined || shown.notifications.some(({ event_id }) => event_id === eventId))
        found.push(shown);
    }
    return found;
  }

  totals(): InboxTotals {
    const devices = [...this.#devices.values()];
    const sum = (count: (device: Device) => number) =>
      devices.reduce((total, device) => total + count(device), 0);
    return {
      devices: devices.length,
      shown: sum(({ shownCount }) => shownCount),
      rings: sum(({ counts }) => counts.rings),
      replaced: sum(({ counts }) => counts.replaced),
      shown_twice: sum((device) => shownTwice(device.shown).length),
      forgotten: this.#forgotten,
    };
  }

  /** The person wipes the screen; of one device, or of all. */
  dismiss(token?: string): void {
    const devices = token === undefined ? this.#devices.values() : [this.#devices.get(token)];
    for (const device of devices) device?.dismiss();
  }

  clear(): void {
    this.#devices.clear();
  }

  #device(token: string): Device {
    const known = this.#devices.get(token);
    if (known) return known;
    const device = new Device(platformOf(token));
    this.#devices.set(token, device);
    if (this.#devices.size > this.#limit) {
      this.#devices.delete(this.#devices.keys().next().value!);
      this.#forgotten++;
    }
    return device;
  }
}

const show = (token: string, device: Device): InboxDevice => ({
  token,
  platform: device.platform,
  online: device.online,
  waiting: device.waiting,
  ...device.counts,
  shown_twice: shownTwice(device.shown),
  notifications: device.shown,
});

function shownTwice(notifications: readonly Notification[]): string[] {
  const [once, twice] = [new Set<string>(), new Set<string>()];
  for (const { event_id } of notifications) {
    if (event_id === undefined) continue;
    (once.has(event_id) ? twice : once).add(event_id);
  }
  return [...twice];
}
