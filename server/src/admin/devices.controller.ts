import { Controller, Delete, Get, Logger, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { DeviceList, DeviceLookup } from '../contract';
import { pageOf } from '../devices/device-page';
import { type DeviceDetails, Devices, type Registration } from '../devices/devices';
import { Pruning } from '../devices/pruning';
import { Messages } from '../messages/messages';
import { currentSubscriptions } from '../messages/subscriptions';
import { JsonBody } from '../http/json-body.decorator';
import { Problem } from '../http/problem';
import { Metrics } from '../telemetry/metrics';
import { Answers, ForOperators } from './answers.decorator';
import { CheckedQuery } from './checked-query.decorator';
import { DeviceDetailsDto, DeviceDto, DevicesQuery, SignOutQuery } from './devices.dto';

/** Devices: what apps tell of themselves, and what operators ask. */
@ApiTags('devices')
@Controller('api')
@ForOperators()
export class DevicesController {
  private readonly logger = new Logger('Admin');

  constructor(
    private readonly devices: Devices,
    private readonly pruning: Pruning,
    private readonly messages: Messages,
    private readonly metrics: Metrics,
  ) {}

  @Put('devices')
  @Answers(200, 'invalid_json', 'invalid_payload', 'payload_too_large')
  @ApiOperation({ summary: 'Registers a token for a user, or moves it to this user' })
  @ApiBody({ type: DeviceDto })
  async register(@JsonBody(DeviceDto) device: DeviceDto) {
    const { user_id, token, fid, shared } = device;
    const registration: Registration = {
      userId: user_id,
      token: (token ?? fid)!,
      kind: token === undefined ? 'fid' : 'token',
      shared: shared ?? undefined,
      ...detailsOf(device),
    };
    const status = await this.devices.register(registration, await currentSubscriptions(this.messages));
    return { status, user_id };
  }

  @Patch('devices/:token')
  @Answers(200, 'invalid_json', 'invalid_payload', 'payload_too_large', 'not_found')
  @ApiOperation({ summary: 'Tells that an app was in contact, and what of it has changed' })
  @ApiBody({ type: DeviceDetailsDto })
  async touch(@Param('token') token: string, @JsonBody(DeviceDetailsDto) details: DeviceDetailsDto) {
    const status = await this.devices.touch(
      token,
      detailsOf(details),
      await currentSubscriptions(this.messages),
    );
    if (status === 'missing') throw unknownDevice();
    return { status };
  }

  @Get('devices/:token')
  @Answers(200, 'not_found')
  @ApiOperation({ summary: 'The device with this token, and whose it is' })
  async find(@Param('token') token: string): Promise<DeviceLookup> {
    const device = await this.devices.find(token);
    if (!device) throw unknownDevice();
    return device;
  }

  @Delete('devices/:token')
  @Answers(204, 'invalid_query')
  @ApiOperation({ summary: 'Forgets a token' })
  @ApiQuery({ type: SignOutQuery })
  async forget(
    @Param('token') token: string,
    @CheckedQuery(SignOutQuery) query: SignOutQuery,
  ): Promise<void> {
    // A token that is not registered is what was wanted: signing out twice is no mistake.
    await this.devices.signOut(token, query.user_id, await currentSubscriptions(this.messages));
  }

  @Get('admin/users/:user_id/devices')
  @Answers(200, 'invalid_query')
  @ApiOperation({ summary: 'The devices of a user' })
  @ApiQuery({ type: DevicesQuery })
  async list(
    @Param('user_id') userId: string,
    @CheckedQuery(DevicesQuery) { limit, cursor, state }: DevicesQuery,
  ): Promise<DeviceList> {
    const [all, stops] = await Promise.all([this.devices.list(userId), this.pruning.stops()]);
    const devices = state === undefined ? all : all.filter((device) => device.state === state);
    return {
      user_id: userId,
      ...pageOf(devices, limit, cursor),
      total: devices.length,
      pruning_stopped_at: isoOf(stops.pruning),
      quarantine_stopped_at: isoOf(stops.quarantine),
    };
  }

  @Post('admin/users/:user_id/devices/:token_hash/restore')
  @Answers(200, 'not_found')
  @ApiOperation({ summary: 'Takes the pruning or the quarantine of a device back' })
  async restore(@Param('user_id') userId: string, @Param('token_hash') hash: string) {
    const status = await this.devices.restore(userId, hash, await currentSubscriptions(this.messages));
    if (status === 'missing') throw unknownDevice();
    if (status === 'restored') {
      this.metrics.devices.inc({ what: 'restored' });
      this.logger.log({ msg: 'restored', token_hash: hash.slice(0, 16) });
    }
    return { status };
  }
}

function detailsOf({ platform, app_version, locale, time_zone }: DeviceDetailsDto): DeviceDetails {
  return { platform, appVersion: app_version, locale, timeZone: time_zone };
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function unknownDevice(): Problem {
  return new Problem('not_found', {
    sentence: 'There is no such device; it may have been forgotten, or belong to somebody else by now',
  });
}
