import { IsString, Matches } from 'class-validator';
import { SHORT_TEXT } from '../http/field-problems';
import { IsWellFormed } from './well-formed.validator';

const EVENT_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** What every event has, whatever its type. */
export class EventDto {
  @Matches(EVENT_ID, { message: 'event_id must be 1 to 128 of A-Z a-z 0-9 . _ : -' })
  @IsString({ message: 'event_id must be a string' })
  event_id!: string;
}

/** What an `order.created` has besides; every other field is kept as it is. */
export class OrderCreatedDto extends EventDto {
  @IsWellFormed()
  @Matches(SHORT_TEXT, { message: 'order_id must have 1 to 128 characters' })
  @IsString({ message: 'order_id must be a string' })
  order_id!: string;

  @IsWellFormed()
  @Matches(SHORT_TEXT, { message: 'user_id must have 1 to 128 characters' })
  @IsString({ message: 'user_id must be a string' })
  user_id!: string;
}
