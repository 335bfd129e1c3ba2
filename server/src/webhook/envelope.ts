import type { FieldProblem } from '../contract';
import type { NewEvent } from '../events/new-event';
import { checkFields, SHORT_TEXT } from '../http/field-problems';
import { quickCheck } from '../http/quick-check';
import { parseStrictJson } from '../http/strict-json';
import { userOf } from '../messages/compose';
import type { CompiledMessage } from '../messages/compile';
import { EventDto, OrderCreatedDto } from './order-created.dto';

/** The fields an event of a type must have, whatever its definition says besides. */
const FIELDS_OF: ReadonlyMap<string, typeof EventDto> = new Map([['order.created', OrderCreatedDto]]);

export type Opened =
  | { ok: true; event: NewEvent }
  | { ok: false; code: 'invalid_json' }
  | { ok: false; code: 'invalid_payload'; details: FieldProblem[] };

/** Opens a genuine body of a type with a definition: bytes → `NewEvent`. */
export function openEnvelope(
  body: Buffer,
  origin: { source: string; type: string; headers: Record<string, string> },
  message: CompiledMessage,
): Opened {
  const document = parseStrictJson(body, ['event_id']);
  if (!document) return { ok: false, code: 'invalid_json' };
  const checked = check(FIELDS_OF.get(origin.type) ?? EventDto, document.value);
  if (!checked.ok) return { ok: false, code: 'invalid_payload', details: checked.details };
  const fields = document.value as Record<string, unknown>;
  const details = message.checkPayload(fields);
  if (details.length > 0) return { ok: false, code: 'invalid_payload', details };
  const orderId = shortText(ownField(fields, 'order_id'));
  const userId = shortText(userOf(message, fields) ?? ownField(fields, 'user_id'));
  return {
    ok: true,
    event: { ...origin, eventId: checked.value.event_id, orderId, userId, payload: document.text },
  };
}

function ownField(fields: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** What an event can be found by. Most types have a user and an order; for those that do not it is empty. */
function shortText(value: unknown): string {
  return typeof value === 'string' && SHORT_TEXT.test(value) ? value.toWellFormed() : '';
}

/** Most webhooks are well, and need nobody who can say what is wrong. */
function check<T extends object>(dto: new () => T, value: unknown) {
  const well = quickCheck(dto, value);
  return well ? { ok: true as const, value: well } : checkFields(dto, value, { onlyKnown: false });
}
