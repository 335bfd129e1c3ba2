import type { PushMessage } from '../delivery/provider';

/** FCM's limits of a message, in bytes: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode. */
export const PAYLOAD_BYTES = 4096;
const TOPIC_PAYLOAD_BYTES = 2048;

/** Data keys FCM keeps for itself; a little wider than it says, so that a new key of its own breaks nothing. */
const RESERVED_DATA_KEY = /^(from$|message_type$|google|gcm)/;

export function isReservedDataKey(key: string): boolean {
  return RESERVED_DATA_KEY.test(key);
}

/** What FCM would refuse the message for, however often it were sent; undefined when nothing. */
export function limitProblem(message: PushMessage): string | undefined {
  const reserved = Object.keys(message.data).find(isReservedDataKey);
  if (reserved !== undefined) return `data key "${reserved}" is reserved by FCM`;
  const { kind } = message.target;
  const bytes = payloadBytes(message);
  const limit = maxBytes(message);
  if (bytes > limit) return `the message has ${bytes} bytes, ${kind}s get at most ${limit}`;
  return undefined;
}

/** How many bytes of payload FCM takes for the message's target. */
export function maxBytes({ target }: PushMessage): number {
  return target.kind === 'topic' || target.kind === 'condition' ? TOPIC_PAYLOAD_BYTES : PAYLOAD_BYTES;
}

/**
 * What counts against the limit: keys and values of the data and the texts of the notification, in UTF-8, and besides what
 * goes out for the platform with the most of its own. The tag by which a repeat replaces the first does not count.
 */
export function payloadBytes({ data, notification, android, apns, webpush }: PushMessage): number {
  const texts = [...Object.entries(data).flat(), notification.title, notification.body];
  const own = [android?.notification, apns?.['payload'], webpush?.notification].map(ownBytes);
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), Math.max(...own));
}

function ownBytes(part: unknown): number {
  if (typeof part !== 'object' || part === null) return 0;
  const { tag: _tag, ...rest } = part as Record<string, unknown>;
  return Object.keys(rest).length === 0 ? 0 : Buffer.byteLength(JSON.stringify(rest));
}

/** FCM keeps four collapse keys for a device at a time; with more, which ones it drops nobody knows. */
const MAX_COLLAPSE_KEYS = 4;

/** Whether a definition's collapse key would be one too many beside those of the others. */
export function collapseKeyProblem(
  key: string | undefined,
  others: readonly (string | undefined)[],
): string | undefined {
  if (key === undefined) return undefined;
  const keys = new Set([...others, key].filter((each) => each !== undefined));
  return keys.size > MAX_COLLAPSE_KEYS
    ? `would be one more than the ${MAX_COLLAPSE_KEYS} of all definitions, which is what FCM keeps for a device`
    : undefined;
}
