import type { Message } from './check-message.ts';
import { type Fields, isFields } from './schema.ts';

export const PLATFORMS = ['android', 'ios', 'web'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What a device makes of a message. */
export interface Presentation {
  /** Undefined for one that only the app sees. */
  notification?: { title: string; body: string; image?: string };
  /** Of two with the same one, the later takes the place of the earlier on the screen. */
  tag?: string;
  /** Of two with the same one that wait for the device, only the later is delivered. */
  collapseKey?: string;
  /** How long it may wait for the device, in ms. */
  waitsMs: number;
}

/** FCM keeps for four weeks what says nothing else, Apple for 30 days. */
const LONGEST_WAIT_MS = 28 * 86_400_000;
const LONGEST_WAIT_APPLE_MS = 30 * 86_400_000;

/** A device's platform is told by a word of its token (`my-ios-phone`, `web_1`); without one it runs Android. */
export const platformOf = (token: string): Platform =>
  (/(?:^|[^a-z])(ios|web)(?:[^a-z]|$)/i.exec(token)?.[1]?.toLowerCase() as Platform) ?? 'android';

export const PRESENT: Record<Platform, (message: Message, now: number) => Presentation> = {
  android: ({ notification, android }) => ({
    notification: texts(notification, android?.notification),
    tag: text(android?.notification?.['tag']),
    collapseKey: android?.collapse_key,
    waitsMs: android?.ttl === undefined ? LONGEST_WAIT_MS : parseFloat(android.ttl) * 1000,
  }),
  ios: ({ notification, apns }, now) => {
    const collapseKey = apns?.headers?.['apns-collapse-id'];
    const expiration = apns?.headers?.['apns-expiration'];
    const aps = apns?.payload?.['aps'];
    const alert = isFields(aps) ? aps['alert'] : undefined;
    return {
      notification: texts(notification, typeof alert === 'string' ? { body: alert } : alert),
      tag: collapseKey,
      collapseKey,
      waitsMs: expiration === undefined ? LONGEST_WAIT_APPLE_MS : Number(expiration) * 1000 - now,
    };
  },
  web: ({ notification, webpush }) => {
    const ttl = webpush?.headers?.['TTL'] ?? webpush?.headers?.['ttl'];
    return {
      notification: texts(notification, webpush?.notification),
      tag: text(webpush?.notification?.['tag']),
      collapseKey: webpush?.headers?.['Topic'] ?? webpush?.headers?.['topic'],
      waitsMs: ttl === undefined ? LONGEST_WAIT_MS : Number(ttl) * 1000,
    };
  },
};

/** The platform's own texts win over those for all. */
function texts(everywhere: Message['notification'], own: unknown): Presentation['notification'] {
  if (!everywhere && !isFields(own)) return undefined;
  const shown: Fields = { ...everywhere, ...(isFields(own) ? own : {}) };
  const [title, body, image] = [text(shown['title']), text(shown['body']), text(shown['image'])];
  if (title === undefined && body === undefined) return undefined;
  return { title: title ?? '', body: body ?? '', ...(image !== undefined && { image }) };
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
