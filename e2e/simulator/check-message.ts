import { type Answer, type FieldViolation, refused } from './answers.ts';
import { type Condition, readCondition } from './condition.ts';
import schema from './fcm-v1.schema.json' with { type: 'json' };
import { RULES } from './message-rules.ts';
import { type Fields, isFields, readerOf } from './schema.ts';

/** A message by its proto names, as it passed the schema. */
export interface Message {
  token?: string;
  fid?: string;
  topic?: string;
  condition?: string;
  notification?: { title?: string; body?: string; image?: string };
  data?: Record<string, string>;
  android?: {
    collapse_key?: string;
    priority?: string;
    ttl?: string;
    data?: Record<string, string>;
    notification?: Record<string, unknown>;
    fcm_options?: { analytics_label?: string };
  };
  apns?: { headers?: Record<string, string>; payload?: Fields; fcm_options?: { analytics_label?: string } };
  webpush?: {
    headers?: Record<string, string>;
    data?: Record<string, string>;
    notification?: Fields;
    fcm_options?: { link?: string };
  };
  fcm_options?: { analytics_label?: string };
}

/** A request that passed. */
export interface CheckedMessage {
  /** Registration token or installation id, `/topics/<name>`, or the condition. */
  target: string;
  /** For what goes to several: which devices are meant. */
  audience?: Condition;
  validateOnly: boolean;
  message: Message;
  /** The request as it came, in bytes of UTF-8 a little more than the payload. */
  body: string;
}

type Checked = { ok: true; checked: CheckedMessage } | { ok: false; answer: Answer };

const TARGETS = ['token', 'topic', 'condition', 'fid'] as const;
const read = readerOf(schema);

/** Checks a body of `messages:send` as FCM does: its JSON, its fields, its target, its limits. */
export function checkMessage(body: string): Checked {
  const violations: FieldViolation[] = [];
  const request = read(parse(body), '', violations);
  if (violations.length > 0 || !isFields(request)) return { ok: false, answer: malformed(violations) };
  const message = request['message'] as Message;

  const [kind, ...more] = TARGETS.filter((each) => message[each]);
  if (!kind || more.length > 0) {
    const description = 'Recipient of the message is not set or set more than once.';
    return { ok: false, answer: invalid({ field: 'message', description }) };
  }
  for (const rule of RULES) {
    const violation = rule(message, body);
    if (violation) return { ok: false, answer: invalid(violation) };
  }
  const target = kind === 'topic' ? `/topics/${message.topic}` : message[kind]!;
  const validateOnly = request['validate_only'] === true;
  return { ok: true, checked: { target, audience: audienceOf(message), validateOnly, message, body } };
}

/** The message in a body that has passed. */
export function readMessage(body: string): Message {
  return (read(JSON.parse(body), '', []) as { message: Message }).message;
}

function audienceOf({ topic, condition }: Message): Condition | undefined {
  if (topic) return { topics: [topic], matches: (followed) => followed.has(topic) };
  return condition ? readCondition(condition) : undefined;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON: FCM says so in the same words as for a wrong field.
    return undefined;
  }
}

/** Refused while the JSON is turned into a message, before FCM's own code has seen it. */
const malformed = (violations: FieldViolation[]) =>
  refused({
    status: 400,
    rpcStatus: 'INVALID_ARGUMENT',
    message: `Invalid JSON payload received. ${violations[0]?.description ?? ''}`.trim(),
    violations,
  });

const invalid = (violation: FieldViolation) =>
  refused({
    status: 400,
    rpcStatus: 'INVALID_ARGUMENT',
    message: violation.description,
    fcmCode: 'INVALID_ARGUMENT',
    violations: [violation],
  });
