import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { EVENT_STATUSES, type EventStatus } from '../contract';

const asNumber = ({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
const asList = ({ value }: { value: unknown }) => (value === undefined ? [] : [value].flat());

/** A day, or a moment with its offset: ISO 8601 knows more (weeks, local times), which would be ambiguous or no date to JavaScript. */
const DAY_OR_MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/** The query of a list of events. */
export class EventsQuery {
  @Transform(asNumber)
  @Max(100, { message: 'limit must be from 1 to 100' })
  @Min(1, { message: 'limit must be from 1 to 100' })
  @IsInt({ message: 'limit must be a whole number from 1 to 100' })
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 100,
    default: 20,
    description: 'how many events a page holds',
  })
  limit: number = 20;

  @IsOptional()
  @MaxLength(512)
  @IsString({ message: 'cursor must be given once' })
  @ApiPropertyOptional({ description: '`next_cursor` of the page before' })
  cursor?: string;

  @Transform(asList)
  @IsIn(EVENT_STATUSES, { each: true, message: `status must be one of ${EVENT_STATUSES.join(', ')}` })
  @ApiPropertyOptional({ enum: EVENT_STATUSES, isArray: true, description: 'may be given several times' })
  status: EventStatus[] = [];

  @IsOptional()
  @MaxLength(128)
  @IsString({ message: 'type must be given once' })
  @ApiPropertyOptional()
  type?: string;

  @IsOptional()
  @Matches(/^[A-Za-z0-9._:-]{0,128}$/, { message: 'event_id must be at most 128 of A-Z a-z 0-9 . _ : -' })
  @ApiPropertyOptional({ description: 'a prefix' })
  event_id?: string;

  @IsOptional()
  @MaxLength(512)
  @IsString({ message: 'user_id must be given once' })
  @ApiPropertyOptional()
  user_id?: string;

  @IsOptional()
  @MaxLength(512)
  @IsString({ message: 'order_id must be given once' })
  @ApiPropertyOptional()
  order_id?: string;

  @IsOptional()
  @MaxLength(128)
  @IsString({ message: 'error must be given once' })
  @ApiPropertyOptional({ description: 'code of the last error' })
  error?: string;

  @IsOptional()
  @Matches(DAY_OR_MOMENT, { message: 'from must be an ISO 8601 date, or a time with its offset (Z)' })
  @IsISO8601({ strict: true }, { message: 'from must be an ISO 8601 time' })
  @ApiPropertyOptional({ format: 'date-time', description: 'received at or after' })
  from?: string;

  @IsOptional()
  @Matches(DAY_OR_MOMENT, { message: 'to must be an ISO 8601 date, or a time with its offset (Z)' })
  @IsISO8601({ strict: true }, { message: 'to must be an ISO 8601 time' })
  @ApiPropertyOptional({ format: 'date-time', description: 'received at or before' })
  to?: string;
}

/** Which source an event id belongs to. */
export class SourceQuery {
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9_-]{0,63}$/, { message: 'source must be the name of a source' })
  @ApiPropertyOptional({ default: 'default', description: 'which source the event id belongs to' })
  source?: string;
}
