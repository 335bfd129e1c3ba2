/** Compares what was answered with what the oracle allows, and keeps the books of what was accepted. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './exchange.ts';
import type { Outcome } from './oracle.ts';

/** From the contract's table of answers. */
const STATUS_OF: Readonly<Record<string, number>> = {
  ...{ missing_timestamp: 400, invalid_timestamp: 400, request_too_old: 400, request_in_future: 400 },
  ...{ invalid_json: 400, invalid_payload: 400, invalid_query: 400 },
  ...{ missing_signature: 401, invalid_signature: 401 },
  ...{ not_found: 404, unknown_event_type: 404, request_timeout: 408 },
  ...{ payload_too_large: 413, unsupported_encoding: 415 },
};
const SENTENCE_OF: Readonly<Record<string, string>> = {
  request_too_old: 'Request too old',
  invalid_signature: 'Invalid signature',
};
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Whether an answer is one of the outcomes, in the contract's form to the letter. The event's id when it says it has it. */
export function isOneOf(answer: Answer, oneOf: readonly Outcome[]): boolean {
  const body = bodyOf(answer);
  if (!body) return false;
  return oneOf.some((outcome) => {
    if (outcome.kind === 'silence') return false;
    if (outcome.kind === 'problem') return isProblem(answer, body, outcome.code);
    return answer.status === 202
      ? isDeepStrictEqual(body, { status: 'queued', event_id: outcome.eventId })
      : answer.status === 200 && isDuplicate(body, outcome.eventId);
  });
}

function bodyOf({ headers, text }: Answer): Record<string, unknown> | null {
  if (!/^application\/json(; charset=utf-8)?$/.test(headers.get('content-type') ?? '')) return null;
  const body: unknown = JSON.parse(text);
  return typeof body === 'object' ? (body as Record<string, unknown> | null) : null;
}

function isProblem({ status, headers }: Answer, body: Record<string, unknown>, code: string): boolean {
  const { error, request_id: id, details, ...rest } = body;
  const named = headers.get('x-request-id');
  return (
    status === STATUS_OF[code] &&
    isDeepStrictEqual(rest, { code }) &&
    typeof error === 'string' &&
    (SENTENCE_OF[code] ?? error) === error &&
    typeof id === 'string' &&
    REQUEST_ID.test(id) &&
    (named === undefined || named === id) &&
    Array.isArray(details) === (code === 'invalid_payload')
  );
}

function isDuplicate({ conflict, ...body }: Record<string, unknown>, eventId: string): boolean {
  const duplicate = { status: 'duplicate', message: 'Duplicate event ignored', event_id: eventId };
  return isDeepStrictEqual(body, duplicate) && (conflict === undefined || conflict === true);
}

/** One answer that says that an event is, or was, taken in. */
export interface Taken {
  eventId: string;
  body: Buffer;
  answer: Answer;
}

/** Which events were taken in, by whose body. */
export class Books {
  readonly accepted = new Map<string, Buffer>();
  duplicates = 0;

  /** Books what was answered at the same time. Gives what cannot be: two firsts, a duplicate of nothing, a wrong conflict. */
  enter(taken: readonly Taken[]): string[] {
    const wrong: string[] = [];
    for (const { eventId, body } of taken.filter(({ answer }) => answer.status === 202)) {
      if (this.accepted.has(eventId)) wrong.push(`${eventId} was accepted twice`);
      else this.accepted.set(eventId, body);
    }
    for (const { eventId, body, answer } of taken.filter(({ answer }) => answer.status === 200)) {
      this.duplicates += 1;
      const first = this.accepted.get(eventId);
      const conflict = answer.text.includes('"conflict":true');
      if (!first) wrong.push(`${eventId} is a duplicate of nothing`);
      else if (conflict === first.equals(body)) wrong.push(`${eventId}: conflict is ${conflict}`);
    }
    return wrong;
  }
}
