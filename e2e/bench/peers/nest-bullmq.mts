/**
 * The usual way: NestJS on Express, the raw body for the signature, a DTO for the fields, and BullMQ with the event's id as the
 * job's, so that a repeated one is not queued again. As its users write it, with the defaults of all three.
 */
import 'reflect-metadata';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  BadRequestException,
  Body,
  type CanActivate,
  Controller,
  type ExecutionContext,
  HttpCode,
  Injectable,
  Module,
  type OnApplicationShutdown,
  Param,
  Post,
  type RawBodyRequest,
  UnauthorizedException,
  UseGuards,
  ValidationPipe,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Queue } from 'bullmq';
import { IsString, Length } from 'class-validator';
import { Redis } from 'ioredis';

const { PORT, REDIS_URL = '', WEBHOOK_SECRET = '' } = process.env;
const TOLERANCE_S = 300;

class OrderCreatedDto {
  @IsString()
  @Length(1, 128)
  event_id!: string;

  @IsString()
  @Length(1, 128)
  order_id!: string;

  @IsString()
  @Length(1, 128)
  user_id!: string;
}

@Injectable()
class SignatureGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers, rawBody } = context.switchToHttp().getRequest<RawBodyRequest<IncomingMessage>>();
    const age = Math.abs(Date.now() / 1000 - Number(headers['x-timestamp']));
    if (!(age <= TOLERANCE_S)) throw new BadRequestException('Request too old');
    const claimed = Buffer.from(String(headers['x-signature']), 'hex');
    const expected = createHmac('sha256', WEBHOOK_SECRET)
      .update(rawBody ?? '')
      .digest();
    if (claimed.length !== expected.length || !timingSafeEqual(claimed, expected))
      throw new UnauthorizedException('Invalid signature');
    return true;
  }
}

@Injectable()
class Events implements OnApplicationShutdown {
  private readonly connection = new Redis(REDIS_URL, { enableOfflineQueue: false, lazyConnect: true });
  readonly queue = new Queue('events', { connection: this.connection });

  async onApplicationShutdown(): Promise<void> {
    await this.queue.close();
    this.connection.disconnect();
  }
}

@Controller('api/webhook')
class WebhookController {
  constructor(private readonly events: Events) {}

  @Post(':event_type')
  @HttpCode(202)
  @UseGuards(SignatureGuard)
  async take(@Param('event_type') type: string, @Body() order: OrderCreatedDto): Promise<object> {
    await this.events.queue.add(type, order, { jobId: order.event_id });
    return { status: 'queued', event_id: order.event_id };
  }
}

@Module({ controllers: [WebhookController], providers: [Events] })
class AppModule {}

const app = await NestFactory.create<NestExpressApplication>(AppModule, { rawBody: true });
app.useGlobalPipes(new ValidationPipe());
app.enableShutdownHooks();
await app.listen(Number(PORT), '127.0.0.1');
