import { Controller, Get, Headers, Logger, Param, Post } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { EventDetail, EventSummary, Page, ReplayAccepted } from '../contract';
import { readCursor } from '../events/cursor';
import { Events } from '../events/events';
import { DEFAULT_SOURCE } from '../events/keys';
import { Problem } from '../http/problem';
import { Queue } from '../queue/queue';
import { Answers, ForOperators } from './answers.decorator';
import { CheckedQuery } from './checked-query.decorator';
import { EventsQuery, SourceQuery } from './events.query';

/** What a client may call one wish of its own, so that it can be asked for again without being done again. */
const IDEMPOTENCY_KEY = /^[A-Za-z0-9._:-]{1,64}$/;

/** Events: list, look at one, replay one. */
@ApiTags('events')
@Controller('api/admin/events')
@ForOperators()
export class EventsController {
  private readonly logger = new Logger('Admin');

  constructor(
    private readonly events: Events,
    private readonly queue: Queue,
  ) {}

  @Get()
  @Answers(200, 'invalid_query')
  @ApiOperation({ summary: 'Lists events, newest first' })
  @ApiQuery({ type: EventsQuery })
  list(@CheckedQuery(EventsQuery) query: EventsQuery): Promise<Page<EventSummary>> {
    const cursor = query.cursor === undefined ? null : readCursor(query.cursor);
    if (query.cursor !== undefined && !cursor)
      throw new Problem('invalid_query', {
        details: [{ field: 'cursor', message: 'must be a next_cursor of a page' }],
      });
    const filter = {
      statuses: query.status,
      type: query.type,
      eventId: query.event_id,
      userId: query.user_id,
      orderId: query.order_id,
      error: query.error,
      fromMs: query.from === undefined ? undefined : Date.parse(query.from),
      toMs: query.to === undefined ? undefined : Date.parse(query.to),
    };
    return this.events.list(filter, query.limit, cursor);
  }

  @Get(':event_id')
  @Answers(200, 'invalid_query', 'not_found')
  @ApiOperation({ summary: 'One event with its payload and its history' })
  @ApiQuery({ type: SourceQuery })
  async find(
    @Param('event_id') eventId: string,
    @CheckedQuery(SourceQuery) query: SourceQuery,
  ): Promise<EventDetail> {
    const event = await this.events.find(query.source ?? DEFAULT_SOURCE, eventId);
    if (!event) throw unknownEvent(eventId);
    return event;
  }

  @Post(':event_id/replay')
  @Answers(202, 'invalid_query', 'not_found', 'not_replayable')
  @ApiOperation({ summary: 'Queues a sent or failed event again' })
  @ApiQuery({ type: SourceQuery })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The same key replays the event once, however often it is sent',
  })
  async replay(
    @Param('event_id') eventId: string,
    @CheckedQuery(SourceQuery) query: SourceQuery,
    @Headers('Idempotency-Key') nonce?: string,
  ): Promise<ReplayAccepted> {
    if (nonce !== undefined && !IDEMPOTENCY_KEY.test(nonce))
      throw new Problem('invalid_query', {
        details: [{ field: 'Idempotency-Key', message: 'must be 1 to 64 of A-Z a-z 0-9 . _ : -' }],
      });
    const answer = await this.queue.replay(query.source ?? DEFAULT_SOURCE, eventId, nonce);
    if (answer === 'missing') throw unknownEvent(eventId);
    if (answer === 'not_replayable') throw new Problem('not_replayable');
    this.logger.log({ msg: 'replayed', event_id: eventId });
    return { status: 'queued', event_id: eventId };
  }
}

function unknownEvent(eventId: string): Problem {
  return new Problem('not_found', {
    sentence: `There is no event ${eventId.slice(0, 128)}; it may have been purged`,
  });
}
