import { inject } from '@angular/core';
import { type CanActivateFn, Router } from '@angular/router';
import { Live } from './live';
import { Session } from './session';

/** Keeps strangers out. A server that cannot say who we are is the page's trouble to show, not a reason to sign in. */
export const signedIn: CanActivateFn = async (_route, state) => {
  const session = inject(Session);
  const router = inject(Router);
  const live = inject(Live);
  if (session.info() !== null) return true;
  const answer = await session.check();
  if (answer === 'signed_out')
    return router.createUrlTree(['/sign-in'], { queryParams: { return: state.url } });
  live.connect();
  return true;
};
