import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import { Problem } from '../http/problem';
import { readBody } from '../http/read-body';
import { isKnownType } from './envelope';
import { herald } from './schemes/herald';

/** A request whose body was read and found genuine. */
export interface GenuineRequest extends FastifyRequest<{ Params: { event_type: string } }> {
  genuineBody: Buffer;
}

/** Lets only genuine webhooks of known types pass: event type, encoding, size, timestamp, signature, in that order. */
@Injectable()
export class GenuineGuard implements CanActivate {
  constructor(
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<GenuineRequest>();
    if (!isKnownType(request.params.event_type)) throw new Problem('unknown_event_type');
    const { webhook } = this.config;
    const body = await readBody(request.raw, webhook.maxBodyBytes);
    const verdict = herald({ headers: request.raw.headersDistinct, body }, webhook, this.clock.now());
    if (!verdict.genuine) throw new Problem(verdict.code);
    request.genuineBody = body;
    return true;
  }
}
