/**
 * What the framework costs by itself: NestJS on Fastify with nothing that it does not need, around what `bare.ts` does.
 * Herald is built on the two.
 */
import 'reflect-metadata';
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  BadRequestException,
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Module,
  Param,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { disconnect, takeIn } from './one-script.mjs';

const { PORT, WEBHOOK_SECRET = '' } = process.env;
const TOLERANCE_S = 300;

type SignedRequest = FastifyRequest<{ Body: Buffer }>;

class SignatureGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers, body } = context.switchToHttp().getRequest<SignedRequest>();
    const age = Math.abs(Date.now() / 1000 - Number(headers['x-timestamp']));
    if (!(age <= TOLERANCE_S)) throw new BadRequestException('Request too old');
    const claimed = Buffer.from(String(headers['x-signature']), 'hex');
    const expected = createHmac('sha256', WEBHOOK_SECRET).update(body).digest();
    if (claimed.length !== expected.length || !timingSafeEqual(claimed, expected))
      throw new UnauthorizedException('Invalid signature');
    return true;
  }
}

@Controller('api/webhook')
class WebhookController {
  @Post(':event_type')
  @HttpCode(202)
  @UseGuards(SignatureGuard)
  async take(@Param('event_type') type: string, @Req() { body }: SignedRequest): Promise<object> {
    const payload = body.toString();
    const { event_id } = JSON.parse(payload);
    const answer = await takeIn(event_id, type, payload);
    return { status: answer === 'accepted' ? 'queued' : 'duplicate', event_id };
  }
}

@Module({ controllers: [WebhookController] })
class AppModule {}

const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
  bodyParser: false,
  logger: false,
});
const fastify = app.getHttpAdapter().getInstance();
fastify.removeAllContentTypeParsers();
fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
await app.listen(Number(PORT), '127.0.0.1');
process.once('SIGTERM', () => {
  disconnect();
  void app.close();
});
