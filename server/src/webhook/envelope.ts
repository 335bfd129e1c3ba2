import type { FieldProblem } from '../contract';
import type { NewEvent } from '../events/new-event';
import { checkFields } from '../http/field-problems';
import { quickCheck } from '../http/quick-check';
import { parseStrictJson } from '../http/strict-json';
import { OrderCreatedDto } from './order-created.dto';

/** The fields each event type must have. */
const FIELDS_OF: Readonly<Record<string, typeof OrderCreatedDto>> = {
  'order.created': OrderCreatedDto,
};

export function isKnownType(type: string): boolean {
  return Object.hasOwn(FIELDS_OF, type);
}

export type Opened =
  | { ok: true; event: NewEvent }
  | { ok: false; code: 'invalid_json' }
  | { ok: false; code: 'invalid_payload'; details: FieldProblem[] };

/** Opens a genuine body of a known type: bytes → `NewEvent`. */
export function openEnvelope(
  body: Buffer,
  origin: { source: string; type: string; headers: Record<string, string> },
): Opened {
  const document = parseStrictJson(body, ['event_id']);
  if (!document) return { ok: false, code: 'invalid_json' };
  const checked = check(FIELDS_OF[origin.type]!, document.value);
  if (!checked.ok) return { ok: false, code: 'invalid_payload', details: checked.details };
  const { event_id: eventId, order_id: orderId, user_id: userId } = checked.value;
  return { ok: true, event: { ...origin, eventId, orderId, userId, payload: document.text } };
}

/** Most webhooks are well, and need nobody who can say what is wrong. */
function check<T extends object>(dto: new () => T, value: unknown) {
  const well = quickCheck(dto, value);
  return well ? { ok: true as const, value: well } : checkFields(dto, value, { onlyKnown: false });
}
