import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { QueueSnapshot } from '../contract';
import { Inspector } from '../queue/inspector';
import { ForOperators } from './answers.decorator';

/** The queue's figures. */
@ApiTags('queue')
@Controller('api/admin/queue')
@ForOperators()
export class QueueController {
  constructor(private readonly inspector: Inspector) {}

  @Get()
  @ApiOperation({ summary: 'How many events stand where, and which workers there are' })
  snapshot(): Promise<QueueSnapshot> {
    return this.inspector.snapshot();
  }
}
