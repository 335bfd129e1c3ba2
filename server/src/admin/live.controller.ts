import { type BeforeApplicationShutdown, Controller, Headers, Sse } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Observable } from 'rxjs';
import { ForOperators } from './answers.decorator';
import { LiveFeed, type LiveMessage } from './live-feed';

/** Live updates of the console. */
@ApiTags('queue')
@Controller('api/admin/live')
@ForOperators()
export class LiveController implements BeforeApplicationShutdown {
  constructor(private readonly feed: LiveFeed) {}

  @Sse()
  @ApiOperation({
    summary: 'Server-sent events: `queue` while the figures change, `event` on each change of status',
  })
  @ApiHeader({ name: 'last-event-id', required: false })
  @ApiProduces('text/event-stream')
  listen(@Headers('last-event-id') lastEventId?: string): Observable<LiveMessage> {
    return this.feed.listen(lastEventId);
  }

  beforeApplicationShutdown(): void {
    this.feed.end();
  }
}
