import { HttpErrorResponse, type HttpInterceptorFn } from '@angular/common/http';
import { inject } from '@angular/core';
import { tap } from 'rxjs';
import { SESSION_URL, Session } from './session';

/** A 401 means the session is over, wherever it comes from; the session's own route says so to who asked. */
export const signInWhenRefused: HttpInterceptorFn = (request, next) => {
  if (request.url === SESSION_URL) return next(request);
  const session = inject(Session);
  return next(request).pipe(
    tap({
      error: (error: unknown) => {
        if (error instanceof HttpErrorResponse && error.status === 401) session.requireSignIn();
      },
    }),
  );
};
