import { HttpException } from '@nestjs/common';
import type { ErrorCode, FieldProblem } from '../contract';

/** The status and the sentence of every error code. */
export const PROBLEMS: Record<ErrorCode, readonly [status: number, sentence: string]> = {
  missing_timestamp: [400, 'The x-timestamp header is missing'],
  invalid_timestamp: [400, 'The x-timestamp header must be one number of Unix seconds, decimal digits only'],
  request_too_old: [400, 'Request too old'],
  request_in_future: [400, 'Request timestamp lies in the future'],
  invalid_json: [400, 'The body is not strict JSON: UTF-8 without BOM, at most 32 levels deep'],
  invalid_payload: [400, 'The body does not have the fields this event needs'],
  invalid_query: [400, 'The query is not valid'],
  missing_signature: [401, 'The x-signature header is missing'],
  invalid_signature: [401, 'Invalid signature'],
  unauthorized: [401, 'Sign in, or send the right bearer token'],
  forbidden: [403, 'This request is not allowed'],
  not_found: [404, 'There is nothing here'],
  unknown_event_type: [404, 'This event type is not known here'],
  unknown_source: [404, 'This source is not known here'],
  request_timeout: [408, 'The body did not arrive in time'],
  not_replayable: [409, 'Only a sent or failed event can be replayed; this one is still under way'],
  version_conflict: [412, 'Somebody else has changed it meanwhile; look at it again'],
  payload_too_large: [413, 'The body is too large'],
  unsupported_encoding: [415, 'Send the body as it is, without a Content-Encoding'],
  rate_limited: [429, 'Rate limit exceeded'],
  queue_unavailable: [503, 'The queue cannot take events at the moment; send it again later'],
  internal_error: [500, 'Something went wrong here; the logs know more under this request id'],
};

/** An answer that is not a success; one filter renders it. */
export class Problem extends HttpException {
  constructor(
    readonly code: ErrorCode,
    readonly extra: { details?: FieldProblem[]; retryAfterS?: number; sentence?: string } = {},
  ) {
    const [status, sentence] = PROBLEMS[code];
    super(extra.sentence ?? sentence, status);
  }
}

/** How long a sender should wait after a 503, in seconds: an outage of Redis rarely ends sooner. */
export const UNAVAILABLE_RETRY_S = 5;

/** The queue cannot be reached, whatever the reason. */
export function unavailable(): Problem {
  return new Problem('queue_unavailable', { retryAfterS: UNAVAILABLE_RETRY_S });
}
