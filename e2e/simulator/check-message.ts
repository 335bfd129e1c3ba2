import { type Answer, type FieldViolation, refused } from './answers.ts';
import { SEND_REQUEST, type Shape } from './message-shape.ts';

/** A request that passed: what the simulator needs to know of it. */
export interface CheckedMessage {
  target: string;
  validateOnly: boolean;
  message: {
    notification?: { title?: string; body?: string };
    data?: Record<string, string>;
    android?: unknown;
    apns?: unknown;
    webpush?: unknown;
  };
}

const PAYLOAD_LIMIT = 4096;
const TOPIC_PAYLOAD_LIMIT = 2048;
const MAX_TTL_S = 2_419_200;
const TOPIC_NAME = /^[a-zA-Z0-9\-_.~%]{1,900}$/;
const RESERVED_DATA_KEY = /^(from$|message_type$|google\.|gcm\.notification\.)/;

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks a body of `messages:send` as FCM does: its JSON, its fields, its target, its limits. */
export function checkMessage(
  body: string,
): { ok: true; checked: CheckedMessage } | { ok: false; answer: Answer } {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    // Not JSON: FCM says so in the same words as for a wrong field.
    return { ok: false, answer: malformed([{ field: '', description: 'Invalid JSON payload received.' }]) };
  }
  const violations: FieldViolation[] = [];
  const read = readFields(request, SEND_REQUEST, '', violations);
  if (violations.length > 0 || !isFields(read)) return { ok: false, answer: malformed(violations) };
  const message = isFields(read['message']) ? read['message'] : {};

  const targets = ['token', 'topic', 'condition', 'fid'].filter((kind) => message[kind]);
  const kind = targets[0];
  if (targets.length !== 1 || !kind)
    return {
      ok: false,
      answer: invalid('message', 'Recipient of the message is not set or set more than once.'),
    };
  const problem = problemOf(message);
  if (problem) return { ok: false, answer: invalid(problem.field, problem.description) };
  const target = kind === 'topic' ? `/topics/${String(message[kind])}` : String(message[kind]);
  return { ok: true, checked: { target, validateOnly: read['validate_only'] === true, message } };
}

function problemOf(message: Fields): FieldViolation | undefined {
  const data = (message['data'] ?? {}) as Record<string, string>;
  const reserved = Object.keys(data).find((key) => RESERVED_DATA_KEY.test(key));
  if (reserved !== undefined)
    return { field: 'message.data', description: `Invalid data payload key: ${reserved}` };
  const topic = message['topic'];
  if (typeof topic === 'string' && !TOPIC_NAME.test(topic))
    return { field: 'message.topic', description: 'Invalid topic name' };
  const limit = message['topic'] || message['condition'] ? TOPIC_PAYLOAD_LIMIT : PAYLOAD_LIMIT;
  if (payloadBytes(message, data) > limit)
    return { field: 'message', description: `Message is too big: more than ${limit} bytes` };
  const android = message['android'] as { ttl?: string; priority?: string } | undefined;
  if (android?.priority !== undefined && !/^(normal|high)$/i.test(android.priority))
    return { field: 'message.android.priority', description: 'Invalid value' };
  const ttl = android?.ttl;
  if (ttl !== undefined && !(/^\d+(\.\d{1,9})?s$/.test(ttl) && parseFloat(ttl) <= MAX_TTL_S))
    return { field: 'message.android.ttl', description: 'Invalid value, or longer than four weeks' };
  return undefined;
}

/** Keys and values of the data and the texts of the notification, in UTF-8. */
function payloadBytes({ notification = {} }: Fields, data: Record<string, string>): number {
  const texts = [...Object.entries(data).flat(), ...Object.values(notification as Record<string, string>)];
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
}

/** Reads fields by their proto names (lowerCamelCase is understood too) and notes what does not fit the shape. */
function readFields(value: unknown, shape: Shape, path: string, violations: FieldViolation[]): unknown {
  const wrong = (description: string) => {
    violations.push({ field: path, description });
    return undefined;
  };
  if (typeof shape === 'string') return fits(value, shape) ? value : wrong(`Invalid value at '${path}'`);
  if (!isFields(value)) return wrong(`Invalid value at '${path}'`);
  const read: Fields = {};
  for (const [key, part] of Object.entries(value)) {
    const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const fieldShape = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (fieldShape === undefined) wrong(`Unknown name "${key}" at '${path}': Cannot find field.`);
    else read[name] = readFields(part, fieldShape, path ? `${path}.${name}` : name, violations);
  }
  return read;
}

function fits(value: unknown, shape: Shape & string): boolean {
  if (shape === 'strings') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (shape === 'map')
    return isFields(value) && Object.values(value).every((item) => typeof item === 'string');
  return shape === 'struct' ? isFields(value) : typeof value === shape;
}

/** Refused while the JSON is turned into a message, before FCM's own code has seen it. */
const malformed = (violations: FieldViolation[]) =>
  refused({
    status: 400,
    rpcStatus: 'INVALID_ARGUMENT',
    message: `Invalid JSON payload received. ${violations[0]?.description ?? ''}`.trim(),
    violations,
  });

const invalid = (field: string, description: string) =>
  refused({
    status: 400,
    rpcStatus: 'INVALID_ARGUMENT',
    message: description,
    fcmCode: 'INVALID_ARGUMENT',
    violations: [{ field, description }],
  });
