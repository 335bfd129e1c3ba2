import type { Clock } from '../config/clock';
import type { FcmVerdict, MessagePreview, PreviewedMessage } from '../contract';
import type { UserTargets } from '../devices/devices';
import type { PushMessage, Target } from '../delivery/provider';
import { sendRequest } from '../delivery/send-request';
import { showTarget } from '../delivery/show-target';
import { Problem } from '../http/problem';
import { compileDefinition, type CompiledMessage } from '../messages/compile';
import { audienceOf, compose, localeOf, type Recipient, type Uncomposable } from '../messages/compose';
import { maxBytes, payloadBytes } from '../messages/limits';
import { DEFINITION_SCHEMA } from '../messages/definition-schema';
import { recipientsOf } from '../messages/recipients';

/** A sample payload, and what else a preview may be asked for with. */
export interface PreviewRequest {
  payload: Record<string, unknown>;
  /** One that is not stored yet; the one in force when left out. */
  definition?: CompiledMessage;
  /** In the place of the devices' own. */
  locale?: string;
  /** Whether FCM is to check the messages. */
  validate?: boolean;
}

/** Asks FCM what it would say of each message. */
export type AskFcm = (messages: readonly PushMessage[]) => Promise<(FcmVerdict | null)[]>;

export const PREVIEW_SCHEMA = {
  type: 'object',
  required: ['payload'],
  properties: {
    payload: { type: 'object', description: 'a webhook as it would come in' },
    definition: { ...DEFINITION_SCHEMA, description: 'one that is not stored yet' },
    locale: { type: 'string', description: 'in the place of the locales of the devices' },
    validate: { type: 'boolean', description: 'has FCM check the messages (`validate_only`)' },
  },
} as object;

const KNOWN = ['payload', 'definition', 'locale', 'validate'];

/** Checks the body of a preview. Throws `invalid_payload`; problems of a definition name its fields. */
export function readPreview(body: unknown): PreviewRequest {
  if (!isObject(body)) throw refusal('', 'must be a JSON object');
  const unknown = Object.keys(body).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) throw refusal(unknown, 'is not known here');
  const { payload, definition, locale, validate = false } = body;
  if (!isObject(payload)) throw refusal('payload', 'must be a JSON object');
  if (locale !== undefined && typeof locale !== 'string') throw refusal('locale', 'must be a string');
  if (typeof validate !== 'boolean') throw refusal('validate', 'must be true or false');
  const compiled = definition === undefined ? undefined : compileDefinition(definition);
  if (compiled && !compiled.ok)
    throw new Problem('invalid_payload', {
      details: compiled.problems.map(({ field, message }) => ({
        field: ['definition', field].filter(Boolean).join('.'),
        message,
      })),
    });
  return {
    payload,
    validate,
    ...(compiled && { definition: compiled.message }),
    ...(locale && { locale }),
  };
}

/** Stands in for the token of a user of whom no device gets a message. */
const SAMPLE: Target = { kind: 'token', token: '(registration token)' };

/** What would be sent, and to whom. Throws `invalid_payload` with what would refuse the webhook or dead-letter the event. */
export async function preview(
  type: string,
  message: CompiledMessage,
  { payload, locale, validate }: PreviewRequest,
  targetsOf: (userId: string) => Promise<UserTargets>,
  askFcm: AskFcm,
  clock: Clock,
): Promise<MessagePreview> {
  const details = message.checkPayload(payload);
  if (details.length > 0) throw new Problem('invalid_payload', { details });
  const { event_id: eventId } = payload;
  const event = {
    type,
    source: 'default',
    round: 0,
    eventId: typeof eventId === 'string' ? eventId : '',
    payload,
  };
  const { audience } = orThrow(audienceOf(message, event));
  const { devices, anyPruned } =
    audience.kind === 'user' ? await targetsOf(audience.userId) : { devices: [], anyPruned: false };
  const found = recipientsOf(audience, devices, anyPruned);
  const recipients = (found.length > 0 ? found : [{ target: SAMPLE }]).map((recipient: Recipient) => ({
    ...recipient,
    locale: locale ?? recipient.locale,
  }));
  const { messages } = orThrow(compose(message, event, recipients, clock.now()));
  const verdicts = validate ? await askFcm(messages.filter(({ target }) => target !== SAMPLE)) : undefined;
  return {
    user_id: audience.kind === 'user' ? audience.userId : null,
    messages: messages.map((push, index) => ({
      ...shown(push, localeOf(message, payload, recipients[index]?.locale) ?? null),
      // The sample of somebody without a device is alone, and nothing to ask FCM about.
      ...(verdicts && { fcm: verdicts[index] ?? null }),
    })),
  };
}

function shown(push: PushMessage, locale: string | null): PreviewedMessage {
  const { target } = push;
  // A token is as good as a key to somebody's screen.
  const hidden: Target =
    'token' in target && target !== SAMPLE ? { ...target, token: showTarget(target) } : target;
  return {
    target: target === SAMPLE ? null : showTarget(target),
    locale,
    bytes: payloadBytes(push),
    max_bytes: maxBytes(push),
    request: sendRequest({ ...push, target: hidden }, false),
  };
}

function orThrow<T extends { ok: true }>(result: T | Uncomposable): T {
  if (!result.ok) throw refusal('', result.problem);
  return result;
}

function refusal(field: string, message: string): Problem {
  return new Problem('invalid_payload', { details: [{ field, message }] });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
