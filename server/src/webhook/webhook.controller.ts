import { Controller, Logger, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { WebhookAnswer } from '../contract';
import { DEFAULT_SOURCE } from '../events/keys';
import { Problem, unavailable } from '../http/problem';
import { type EnqueueAnswer, Queue } from '../queue/queue';
import { openEnvelope } from './envelope';
import { GenuineGuard, type GenuineRequest } from './genuine.guard';
import { keptHeaders } from './kept-headers';
import { RateLimitGuard } from './rate-limit.guard';

/** Takes in signed webhooks of the default source. */
@ApiExcludeController()
@Controller('api/webhook')
export class WebhookController {
  private readonly logger = new Logger('Webhook');

  constructor(private readonly queue: Queue) {}

  @Post(':event_type')
  @UseGuards(RateLimitGuard, GenuineGuard)
  async take(
    @Param('event_type') type: string,
    @Req() request: GenuineRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WebhookAnswer> {
    const headers = keptHeaders(request.raw.headersDistinct);
    const opened = openEnvelope(
      request.genuineBody,
      { source: DEFAULT_SOURCE, type, headers },
      request.message,
    );
    if (!opened.ok) throw new Problem(opened.code, 'details' in opened ? { details: opened.details } : {});
    const { eventId } = opened.event;
    const answer = await this.queue.enqueue(opened.event).catch((error: unknown) => {
      // Whatever went wrong, the event is not known to be stored, so the sender must keep it.
      this.logger.warn(`An event could not be queued: ${String(error)}`);
      throw unavailable();
    });
    reply.status(answer === 'accepted' ? 202 : 200);
    return bodyOf(answer, eventId);
  }
}

function bodyOf(answer: EnqueueAnswer, eventId: string): WebhookAnswer {
  if (answer === 'accepted') return { status: 'queued', event_id: eventId };
  const duplicate = { status: 'duplicate', message: 'Duplicate event ignored', event_id: eventId } as const;
  return answer === 'conflict' ? { ...duplicate, conflict: true } : duplicate;
}
