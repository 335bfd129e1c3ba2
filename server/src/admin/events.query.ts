import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { EVENT_STATUSES, type EventStatus } from '../contract';

const asNumber = ({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
const asList = ({ value }: { value: unknown }) => (value === undefined ? [] : [value].flat());

/** The query of a list of events. */
export class EventsQuery {
  /** How many events a page holds. */
  @Transform(asNumber)
  @Max(100, { message: 'limit must be from 1 to 100' })
  @Min(1, { message: 'limit must be from 1 to 100' })
  @IsInt({ message: 'limit must be a whole number from 1 to 100' })
  limit: number = 20;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @IsString({ message: 'cursor must be given once' })
  @MaxLength(512)
  cursor?: string;

  /** May be given several times. */
  @Transform(asList)
  @IsIn(EVENT_STATUSES, { each: true, message: `status must be one of ${EVENT_STATUSES.join(', ')}` })
  status: EventStatus[] = [];

  @IsOptional()
  @IsString({ message: 'type must be given once' })
  @MaxLength(128)
  type?: string;

  /** A prefix. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9._:-]{0,128}$/, { message: 'event_id must be at most 128 of A-Z a-z 0-9 . _ : -' })
  event_id?: string;

  @IsOptional()
  @IsString({ message: 'user_id must be given once' })
  @MaxLength(512)
  user_id?: string;

  @IsOptional()
  @IsString({ message: 'order_id must be given once' })
  @MaxLength(512)
  order_id?: string;

  /** Code of the last error. */
  @IsOptional()
  @IsString({ message: 'error must be given once' })
  @MaxLength(128)
  error?: string;

  /** Received at or after, ISO 8601. */
  @IsOptional()
  @IsISO8601({ strict: true }, { message: 'from must be an ISO 8601 time' })
  from?: string;

  /** Received at or before, ISO 8601. */
  @IsOptional()
  @IsISO8601({ strict: true }, { message: 'to must be an ISO 8601 time' })
  to?: string;
}

/** Which source an event id belongs to. */
export class SourceQuery {
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9_-]{0,63}$/, { message: 'source must be the name of a source' })
  source?: string;
}
