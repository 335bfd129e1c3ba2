import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdminGuard } from '../access/admin.guard';
import type { QueueSnapshot } from '../contract';
import { Inspector } from '../queue/inspector';

/** The queue's figures. */
@ApiTags('queue')
@ApiBearerAuth()
@Controller('api/admin/queue')
@UseGuards(AdminGuard)
export class QueueController {
  constructor(private readonly inspector: Inspector) {}

  @Get()
  @ApiOperation({ summary: 'How many events stand where, and which workers there are' })
  snapshot(): Promise<QueueSnapshot> {
    return this.inspector.snapshot();
  }
}
