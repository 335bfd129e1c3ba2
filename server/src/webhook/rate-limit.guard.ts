import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clientAddress } from '../http/client-address';
import { Problem } from '../http/problem';

/**
 * Limits webhook requests per client address, before a byte of the body is read. `RateLimit` and `RateLimit-Policy` follow
 * draft-ietf-httpapi-ratelimit-headers-10.
 */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  /** There is one throttler and no exception from it, which the base class would look for again with every request. */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const { limit, ttl } = this.throttlers[0] as { limit: number; ttl: number };
    if (limit === 0) return true;
    const { req, res } = this.getRequestResponse(context);
    const reply = res as unknown as FastifyReply;
    const caller = clientAddress((req as FastifyRequest).ip);
    const { totalHits, timeToExpire, isBlocked } = await this.storageService.increment(
      caller,
      ttl,
      limit,
      0,
      '',
    );
    reply.header('ratelimit-policy', `"webhook";q=${limit};w=${ttl / 1000}`);
    reply.header('ratelimit', `"webhook";r=${Math.max(0, limit - totalHits)};t=${timeToExpire}`);
    if (isBlocked) throw new Problem('rate_limited', { retryAfterS: timeToExpire });
    return true;
  }
}
