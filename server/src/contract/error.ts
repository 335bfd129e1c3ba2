/** Every word that can stand in the `code` of an error answer. */
export const ERROR_CODES = [
  'missing_timestamp',
  'invalid_timestamp',
  'request_too_old',
  'request_in_future',
  'invalid_json',
  'invalid_payload',
  'invalid_query',
  'missing_signature',
  'invalid_signature',
  'unauthorized',
  'forbidden',
  'not_found',
  'unknown_event_type',
  'unknown_source',
  'not_replayable',
  'version_conflict',
  'payload_too_large',
  'unsupported_encoding',
  'rate_limited',
  'request_timeout',
  'queue_unavailable',
  'internal_error',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What is wrong with one field of a body or a query. `field` is empty when it is the whole. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** The body of every answer that is not a success. */
export interface ErrorBody {
  /** A sentence for people. */
  error: string;
  /** A word for programs. */
  code: ErrorCode;
  request_id: string;
  details?: FieldProblem[];
}
