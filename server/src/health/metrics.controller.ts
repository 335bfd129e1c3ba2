import { Controller, Get, Res, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { MetricsGuard } from '../access/metrics.guard';
import type { MetricsBody } from '../contract';
import { Inspector } from '../queue/inspector';
import { Metrics } from '../telemetry/metrics';

/** What was counted. */
@ApiTags('health')
@Controller()
@UseGuards(MetricsGuard)
export class MetricsController {
  constructor(
    private readonly inspector: Inspector,
    private readonly metrics: Metrics,
  ) {}

  @Get('api/metrics')
  @ApiOperation({ summary: 'Totals over all processes' })
  totals(): Promise<MetricsBody> {
    return this.inspector.totals();
  }

  @Get('metrics')
  @ApiOperation({ summary: 'Prometheus text of this process' })
  async prometheus(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.header('content-type', this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
