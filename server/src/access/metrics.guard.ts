import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { mayReadMetrics } from './metrics-token';
import { WrongTokens } from './wrong-tokens';

/** Asks for the metrics' token, when there is one. */
@Injectable()
export class MetricsGuard implements CanActivate {
  constructor(
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
    private readonly wrongTokens: WrongTokens,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (mayReadMetrics(request.headers, this.config.access.metricsToken)) return true;
    return this.wrongTokens.refuse(request.ip);
  }
}
