import type { PushMessage } from '../delivery/provider';

/** FCM's limits of a message, in bytes: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode. */
const PAYLOAD_BYTES = 4096;
const TOPIC_PAYLOAD_BYTES = 2048;

/** Data keys FCM keeps for itself; a little wider than it says, so that a new key of its own breaks nothing. */
const RESERVED_DATA_KEY = /^(from$|message_type$|google|gcm)/;

/** What FCM would refuse the message for, however often it were sent; undefined when nothing. */
export function limitProblem(message: PushMessage): string | undefined {
  const reserved = Object.keys(message.data).find((key) => RESERVED_DATA_KEY.test(key));
  if (reserved !== undefined) return `data key "${reserved}" is reserved by FCM`;
  const limit = message.target.kind === 'topic' ? TOPIC_PAYLOAD_BYTES : PAYLOAD_BYTES;
  const bytes = payloadBytes(message);
  if (bytes > limit) return `the message has ${bytes} bytes, ${message.target.kind}s get at most ${limit}`;
  return undefined;
}

/** What counts against the limit: keys and values of the data and the texts of the notification, in UTF-8. */
function payloadBytes({ data, notification }: PushMessage): number {
  const texts = [...Object.entries(data).flat(), notification.title, notification.body];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}
