import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import { Problem, unavailable } from '../http/problem';
import { readBody } from '../http/read-body';
import type { CompiledMessage } from '../messages/compile';
import { Messages } from '../messages/messages';
import { herald } from './schemes/herald';

/** A request whose body was read and found genuine. */
export interface GenuineRequest extends FastifyRequest<{ Params: { event_type: string } }> {
  genuineBody: Buffer;
  /** The definition for events of its type, as it was when the request came. */
  message: CompiledMessage;
}

/** Lets only genuine webhooks of known types pass: event type, encoding, size, timestamp, signature, in that order. */
@Injectable()
export class GenuineGuard implements CanActivate {
  constructor(
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly messages: Messages,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<GenuineRequest>();
    const message = await this.messageFor(request.params.event_type);
    if (!message) throw new Problem('unknown_event_type');
    const { webhook } = this.config;
    const body = await readBody(request.raw, webhook.maxBodyBytes);
    const verdict = herald({ headers: request.raw.headersDistinct, body }, webhook, this.clock.now());
    if (!verdict.genuine) throw new Problem(verdict.code);
    request.genuineBody = body;
    request.message = message;
    return true;
  }

  /** Who cannot ask Redis does not know that there is none, and must not say so: the sender would throw the event away. */
  private async messageFor(type: string): Promise<CompiledMessage | undefined> {
    const known = this.messages.find(type);
    if (known || this.messages.isCurrent) return known?.message;
    const found = await this.messages.look(type).catch(() => {
      throw unavailable();
    });
    return found?.message;
  }
}
