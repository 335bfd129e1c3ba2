import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../config/clock';
import { CLOCK } from '../config/config.module';
import { Problem } from '../http/problem';
import { bearerToken } from './bearer';
import { sessionCookie } from './cookies';
import { Sessions } from './session';
import { WrongTokens } from './wrong-tokens';

const READS = new Set(['GET', 'HEAD']);

/** Lets operators pass: by bearer token, or by the console's session. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly sessions: Sessions,
    private readonly wrongTokens: WrongTokens,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers);
    if (token !== null) return this.sessions.isAdminToken(token) || this.wrongTokens.refuse(request.ip);
    const cookie = sessionCookie(request.headers.cookie);
    if (cookie === null || this.sessions.check(cookie, this.clock.now()) === null)
      throw new Problem('unauthorized');
    if (!READS.has(request.method) && isCrossSite(request)) throw new Problem('forbidden');
    return true;
  }
}

/** SameSite=Strict keeps other sites' requests without the cookie; this keeps out a sister host of the same site. */
function isCrossSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  return origin !== undefined && URL.parse(origin)?.host !== headers.host;
}
