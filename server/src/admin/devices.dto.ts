import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { DEVICE_STATES, type DeviceState, type Platform, PLATFORMS } from '../contract';
import { SHORT_TEXT } from '../http/field-problems';

const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/** Whether JavaScript's own tables know it: a language tag of BCP 47, a time zone of IANA. */
const KNOWN = {
  locale: (value: string) => Intl.getCanonicalLocales(value).length === 1,
  time_zone: (value: string) => Boolean(new Intl.DateTimeFormat('en', { timeZone: value })),
};

function IsKnown(what: keyof typeof KNOWN, message: string): PropertyDecorator {
  const validate = (value: unknown) => {
    try {
      return typeof value === 'string' && value.length <= 64 && KNOWN[what](value);
    } catch {
      // RangeError: it is none.
      return false;
    }
  };
  return ValidateBy({ name: what, validator: { validate, defaultMessage: () => message } });
}

/** What an app tells of itself. */
export class DeviceDetailsDto {
  @IsOptional()
  @IsIn(PLATFORMS, { message: `platform must be one of ${PLATFORMS.join(', ')}` })
  @ApiProperty({ enum: PLATFORMS, required: false })
  platform?: Platform;

  @IsOptional()
  @Matches(/^[\x20-\x7e]{1,64}$/, { message: 'app_version must have 1 to 64 printable characters' })
  @ApiPropertyOptional({ maxLength: 64 })
  app_version?: string;

  @IsOptional()
  @IsKnown('locale', 'locale must be a language tag such as de-CH')
  @ApiPropertyOptional({ description: 'BCP 47' })
  locale?: string;

  @IsOptional()
  @IsKnown('time_zone', 'time_zone must be a name such as Europe/Zurich')
  @ApiPropertyOptional({ description: 'IANA time zone' })
  time_zone?: string;
}

export class DeviceDto extends DeviceDetailsDto {
  @Matches(SHORT_TEXT, { message: 'user_id must have 1 to 128 characters' })
  @IsString({ message: 'user_id must be a string' })
  @ApiProperty({ maxLength: 128 })
  user_id!: string;

  /** FCM's registration token: printable characters without spaces. */
  @ValidateIf((device: DeviceDto) => device.token !== undefined || (device.fid ?? null) === null)
  @Matches(TOKEN, { message: 'token must be a registration token: 1 to 4096 printable characters' })
  @ApiPropertyOptional({ maxLength: 4096, description: 'registration token; this or `fid`' })
  token?: string;

  @IsOptional()
  @ValidateBy({
    name: 'fid',
    validator: {
      validate: (value, of) =>
        typeof value === 'string' && TOKEN.test(value) && (of?.object as DeviceDto).token === undefined,
      defaultMessage: () => 'fid must be a Firebase Installation ID, and instead of a token',
    },
  })
  @ApiPropertyOptional({ description: 'Firebase Installation ID, instead of a token' })
  fid?: string;

  @IsOptional()
  @IsBoolean({ message: 'shared must be true or false' })
  @ApiPropertyOptional({ description: 'whether several users may have this device at the same time' })
  shared?: boolean;
}

const asNumber = ({ value }: { value: unknown }) =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

export class DevicesQuery {
  @Transform(asNumber)
  @Max(100, { message: 'limit must be from 1 to 100' })
  @Min(1, { message: 'limit must be from 1 to 100' })
  @IsInt({ message: 'limit must be a whole number from 1 to 100' })
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 100 })
  limit: number = 100;

  @IsOptional()
  @Matches(/^\d{1,16}-[0-9a-f]{16}$/, { message: 'cursor must be a next_cursor of a page' })
  @ApiPropertyOptional({ description: '`next_cursor` of the page before' })
  cursor?: string;

  @IsOptional()
  @IsIn(DEVICE_STATES, { message: `state must be one of ${DEVICE_STATES.join(', ')}` })
  @ApiPropertyOptional({ enum: DEVICE_STATES })
  state?: DeviceState;
}

/** Whom a token is taken away from. */
export class SignOutQuery {
  @IsOptional()
  @Matches(SHORT_TEXT, { message: 'user_id must have 1 to 128 characters' })
  @ApiPropertyOptional({ description: 'only from this user, when the device is shared' })
  user_id?: string;
}
