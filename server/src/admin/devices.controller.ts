import { Controller, Delete, Get, HttpCode, Param, Put, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches } from 'class-validator';
import { AdminGuard } from '../access/admin.guard';
import type { DeviceList } from '../contract';
import { Devices } from '../devices/devices';
import { SHORT_TEXT } from '../http/field-problems';
import { JsonBody } from '../http/json-body.decorator';

export const PLATFORMS = ['android', 'ios', 'web'] as const;

export class DeviceDto {
  @Matches(SHORT_TEXT, { message: 'user_id must have 1 to 128 characters' })
  @IsString({ message: 'user_id must be a string' })
  @ApiProperty({ maxLength: 128 })
  user_id!: string;

  /** FCM's registration token: printable characters without spaces. */
  @Matches(/^[\x21-\x7e]{1,4096}$/, {
    message: 'token must be a registration token: 1 to 4096 printable characters',
  })
  @ApiProperty({ maxLength: 4096 })
  token!: string;

  @IsOptional()
  @IsIn(PLATFORMS, { message: `platform must be one of ${PLATFORMS.join(', ')}` })
  @ApiProperty({ enum: PLATFORMS, required: false })
  platform?: (typeof PLATFORMS)[number];
}

/** Registration tokens. */
@ApiTags('devices')
@ApiBearerAuth()
@Controller('api')
@UseGuards(AdminGuard)
export class DevicesController {
  constructor(private readonly devices: Devices) {}

  @Put('devices')
  @ApiOperation({ summary: 'Registers a token for a user, or moves it to this user' })
  @ApiBody({ type: DeviceDto })
  async register(@JsonBody(DeviceDto) { user_id: userId, token, platform }: DeviceDto) {
    return { status: await this.devices.register({ userId, token, platform }), user_id: userId };
  }

  @Delete('devices/:token')
  @HttpCode(204)
  @ApiOperation({ summary: 'Forgets a token' })
  async forget(@Param('token') token: string): Promise<void> {
    // A token that is not registered is what was wanted: signing out twice is no mistake.
    await this.devices.forget(token);
  }

  @Get('admin/users/:user_id/devices')
  @ApiOperation({ summary: 'The devices of a user' })
  async list(@Param('user_id') userId: string): Promise<DeviceList> {
    return { user_id: userId, items: await this.devices.list(userId) };
  }
}
