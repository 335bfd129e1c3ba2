import { HttpErrorResponse } from '@angular/common/http';
import type { ErrorBody, ErrorCode, FieldProblem } from '@contract';

/** Why a request came to nothing, in words fit for a page. */
export interface Problem {
  /** HTTP status; 0 when no answer came at all. */
  status: number;
  code: ErrorCode | 'unreachable' | 'unexpected';
  heading: string;
  message: string;
  /** What is wrong with which field, as the server said it. */
  details: readonly FieldProblem[];
  request_id: string | null;
  /** Seconds the server asked to wait, when it did. */
  retry_after_s: number | null;
}

/** Turns whatever a request failed with into a {@link Problem}. */
export function toProblem(error: unknown): Problem {
  const answer = httpError(error);
  if (answer === null) {
    return problem(0, 'unexpected', error instanceof Error ? error.message : String(error));
  }
  if (answer.status === 0) {
    return problem(0, 'unreachable', 'Herald cannot be reached from this browser. Is the api running?');
  }
  const body: unknown = answer.error;
  if (!isErrorBody(body))
    return problem(answer.status, 'unexpected', `The server answered ${answer.status}.`);
  const details = body.details?.map(({ field, message }) => (field ? `${field}: ${message}` : message)) ?? [];
  const retryAfter = Number.parseInt(answer.headers.get('retry-after') ?? '', 10);
  return {
    ...problem(answer.status, body.code, MESSAGES[body.code] ?? `${[body.error, ...details].join(': ')}.`),
    details: body.details ?? [],
    request_id: body.request_id,
    retry_after_s: Number.isNaN(retryAfter) ? null : retryAfter,
  };
}

/** Whether trying the same again may help without anybody changing the request. */
export function mayPass({ status }: Problem): boolean {
  return status === 0 || status >= 500;
}

/** Where the page can say more than the server's own sentence. */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'Sign in again to go on.',
  queue_unavailable: 'The queue cannot be read, and webhooks are answered 503 until it is back.',
};

const HEADINGS: Partial<Record<Problem['code'], string>> = {
  unreachable: 'The server does not answer',
  queue_unavailable: 'Redis is away',
  invalid_query: 'This search is not understood',
  not_found: 'Not found',
  version_conflict: 'Changed meanwhile',
  unauthorized: 'Your session has ended',
  rate_limited: 'Too many requests',
  forbidden: 'Not allowed',
};

function problem(status: number, code: Problem['code'], message: string): Problem {
  const heading = HEADINGS[code] ?? 'That did not work';
  return { status, code, heading, message, details: [], request_id: null, retry_after_s: null };
}

/** A resource may wrap what it failed with, so the answer can be one level down. */
function httpError(error: unknown): HttpErrorResponse | null {
  if (error instanceof HttpErrorResponse) return error;
  return error instanceof Error && error.cause instanceof HttpErrorResponse ? error.cause : null;
}

function isErrorBody(body: unknown): body is ErrorBody {
  return typeof body === 'object' && body !== null && 'error' in body && 'code' in body;
}
