import type { FieldViolation } from './answers.ts';
import type { Message } from './check-message.ts';
import { readCondition } from './condition.ts';

const PAYLOAD_LIMIT = 4096;
const TOPIC_PAYLOAD_LIMIT = 2048;
const MAX_TTL_S = 2_419_200;
const MAX_TOPICS = 5;
const TOPIC_NAME = /^[a-zA-Z0-9\-_.~%]{1,900}$/;
const RESERVED_DATA_KEY = /^(from$|message_type$|google\.|gcm\.notification\.)/;
const ANALYTICS_LABEL = /^[a-zA-Z0-9\-_.~%]{1,50}$/;
const COLOUR = /^#[0-9a-fA-F]{6}$/;

/** `body` is the request as text: shorter than a limit, nothing in it can be longer. */
type Rule = (message: Message, body: string) => FieldViolation | undefined;

/** What FCM asks of a message besides its fields and their types. The first that is broken is named. */
export const RULES: readonly Rule[] = [
  ({ data, android, webpush }) =>
    reservedKey('message.data', data) ??
    reservedKey('message.android.data', android?.data) ??
    reservedKey('message.webpush.data', webpush?.data),
  ({ topic }) => {
    if (topic === undefined || TOPIC_NAME.test(topic)) return undefined;
    return { field: 'message.topic', description: 'Invalid topic name' };
  },
  ({ condition }) => {
    if (!condition) return undefined;
    const topics = readCondition(condition)?.topics;
    if (!topics?.every((topic) => TOPIC_NAME.test(topic)))
      return { field: 'message.condition', description: 'Invalid condition expression provided.' };
    if (topics.length <= MAX_TOPICS) return undefined;
    const description = `Too many topics in the condition: at most ${MAX_TOPICS}`;
    return { field: 'message.condition', description };
  },
  (message, body) => {
    const limit = message.topic || message.condition ? TOPIC_PAYLOAD_LIMIT : PAYLOAD_LIMIT;
    if (Buffer.byteLength(body) <= limit || payloadBytes(message) <= limit) return undefined;
    return { field: 'message', description: `Message is too big: more than ${limit} bytes` };
  },
  ({ android }) => {
    const seconds = parseFloat(android?.ttl ?? '0');
    if (seconds >= 0 && seconds <= MAX_TTL_S) return undefined;
    return { field: 'message.android.ttl', description: 'Invalid value, or longer than four weeks' };
  },
  ({ android }) => {
    const colour = android?.notification?.['color'];
    if (colour === undefined || COLOUR.test(colour as string)) return undefined;
    return { field: 'message.android.notification.color', description: 'Must be in the form #RRGGBB' };
  },
  ({ webpush }) => {
    const link = webpush?.fcm_options?.link;
    if (link === undefined || link.startsWith('https://')) return undefined;
    return { field: 'message.webpush.fcm_options.link', description: 'Must be an HTTPS address' };
  },
  ({ fcm_options, android, apns }) =>
    badLabel('message.fcm_options', fcm_options) ??
    badLabel('message.android.fcm_options', android?.fcm_options) ??
    badLabel('message.apns.fcm_options', apns?.fcm_options),
];

function reservedKey(field: string, data?: Record<string, string>): FieldViolation | undefined {
  for (const key in data)
    if (RESERVED_DATA_KEY.test(key)) return { field, description: `Invalid data payload key: ${key}` };
  return undefined;
}

function badLabel(field: string, options?: { analytics_label?: string }): FieldViolation | undefined {
  const label = options?.analytics_label;
  if (label === undefined || ANALYTICS_LABEL.test(label)) return undefined;
  return { field: `${field}.analytics_label`, description: 'Invalid analytics label' };
}

/**
 * What reaches the fullest of the three platforms, in bytes of UTF-8: keys and values of the data and the texts of the
 * notification, and what that platform gets besides.
 */
function payloadBytes({ notification = {}, data = {}, android, apns, webpush }: Message): number {
  const everywhere = textBytes(notification) + dataBytes(data);
  return Math.max(
    everywhere + dataBytes(android?.data ?? {}) + textBytes(android?.notification ?? {}),
    everywhere + jsonBytes(apns?.payload),
    everywhere + dataBytes(webpush?.data ?? {}) + jsonBytes(webpush?.notification),
  );
}

const bytes = (text: unknown) => (typeof text === 'string' ? Buffer.byteLength(text) : 0);
const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
const dataBytes = (data: Record<string, string>) => sum(Object.entries(data).flat().map(bytes));
const textBytes = (texts: object) => sum(Object.values(texts).map(bytes));
const jsonBytes = (value?: object) => (value ? Buffer.byteLength(JSON.stringify(value)) : 0);
