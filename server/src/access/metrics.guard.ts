import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { Problem } from '../http/problem';
import { mayReadMetrics } from './metrics-token';
import { WrongTokens } from './wrong-tokens';

/** Asks for the metrics' token, when there is one. Whoever sends none has guessed nothing, and is not slowed down. */
@Injectable()
export class MetricsGuard implements CanActivate {
  constructor(
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
    private readonly wrongTokens: WrongTokens,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (mayReadMetrics(request.headers, this.config.access.metricsToken)) return true;
    if (request.headers.authorization === undefined) throw new Problem('unauthorized');
    return this.wrongTokens.refuse(request.ip);
  }
}
