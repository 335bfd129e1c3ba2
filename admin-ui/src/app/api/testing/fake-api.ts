import {
  HttpErrorResponse,
  HttpHeaders,
  type HttpBackend,
  type HttpEvent,
  type HttpRequest,
  HttpResponse,
} from '@angular/common/http';
import type { ErrorCode } from '@contract';
import { NEVER, type Observable, of, throwError } from 'rxjs';

/** What the server answers; `hang` never does, `unreachable` is a refused connection. */
export type Answer =
  { status: number; body?: unknown; headers?: Record<string, string> } | 'hang' | 'unreachable';
type Handler = (request: HttpRequest<unknown>) => Answer;

/** Stands where the network begins and answers by itself, so that a harness can wait for the page to settle. */
export class FakeApi implements HttpBackend {
  private readonly routes = new Map<string, Handler>();
  readonly requests: HttpRequest<unknown>[] = [];

  /** `route` is a method and a path. */
  on(route: string, handler: Handler): this {
    this.routes.set(route, handler);
    return this;
  }

  handle(request: HttpRequest<unknown>): Observable<HttpEvent<unknown>> {
    this.requests.push(request);
    const handler = this.routes.get(`${request.method} ${request.url}`);
    const answer = handler ? handler(request) : problem(404, 'not_found', 'No such route');
    if (answer === 'hang') return NEVER;
    const { url } = request;
    if (answer === 'unreachable') return throwError(() => new HttpErrorResponse({ status: 0, url }));
    const { status, body = null, headers } = answer;
    if (status < 400) return of(new HttpResponse({ status, body: JSON.parse(JSON.stringify(body)), url }));
    return throwError(
      () => new HttpErrorResponse({ status, error: body, url, headers: new HttpHeaders(headers) }),
    );
  }

  /** The requests to one route, oldest first. */
  asked(route: string): HttpRequest<unknown>[] {
    return this.requests.filter((request) => `${request.method} ${request.url}` === route);
  }
}

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

export function problem(
  status: number,
  code: ErrorCode,
  error: string,
  headers?: Record<string, string>,
): Answer {
  return { status, body: { error, code, request_id: 'request-1' }, headers };
}
