import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Health, HealthReport } from './health';

/** How the api is. */
@ApiTags('health')
@Controller('api/health')
export class HealthController {
  constructor(private readonly report: HealthReport) {}

  @Get()
  @ApiOperation({ summary: '200, or 503 when Redis is away' })
  health(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    return answer(reply, this.report.health());
  }

  @Get('ready')
  @ApiOperation({ summary: 'The same, and 503 while the process is stopping' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    return answer(reply, this.report.ready());
  }

  @Get('live')
  @ApiOperation({ summary: '200 as long as the process works' })
  live(): { ok: true } {
    return this.report.live();
  }
}

async function answer(reply: FastifyReply, health: Promise<Health>): Promise<Health> {
  const body = await health;
  reply.status(body.ok ? 200 : 503).header('cache-control', 'no-store');
  return body;
}
