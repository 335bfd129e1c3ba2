import { Controller, Delete, Get, Headers, Inject, Logger, Param, Post, Put, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../config/clock';
import { CLOCK } from '../config/config.module';
import type { MessageDetail, MessageHistory, MessageInfo, MessageList, MessagePreview } from '../contract';
import { Devices } from '../devices/devices';
import { JsonValue } from '../http/json-body.decorator';
import { Problem } from '../http/problem';
import { isEventType, MAX_EVENT_TYPE } from '../messages/built-in';
import { DEFINITION_SCHEMA } from '../messages/definition-schema';
import { type Entry, Messages } from '../messages/messages';
import type { Expected } from '../messages/store';
import { Answers, ForOperators } from './answers.decorator';
import { FcmCheck } from './fcm-check';
import { preview, PREVIEW_SCHEMA, readPreview } from './message-preview';

const IF_MATCH = { name: 'If-Match', required: false, description: 'the version this change is meant for' };

/** What each type of event becomes. */
@ApiTags('messages')
@Controller('api/admin/messages')
@ForOperators()
export class MessagesController {
  private readonly logger = new Logger('Admin');

  constructor(
    private readonly messages: Messages,
    private readonly devices: Devices,
    private readonly fcm: FcmCheck,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Every event type with a message definition' })
  list(): MessageList {
    return { items: this.messages.list().map(([type, entry]) => infoOf(type, entry)) };
  }

  @Get(':event_type')
  @Answers(200, 'not_found')
  @ApiOperation({ summary: 'The definition in force for an event type' })
  async find(
    @Param('event_type') type: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageDetail> {
    return detailOf(type, await this.known(type), reply);
  }

  @Put(':event_type')
  @Answers(200, 'invalid_json', 'invalid_payload', 'payload_too_large', 'invalid_query', 'version_conflict')
  @ApiOperation({
    summary: 'Defines an event type, or changes its definition; in force everywhere within a second',
  })
  @ApiBody({ schema: DEFINITION_SCHEMA as object })
  @ApiHeader(IF_MATCH)
  @ApiHeader({ name: 'If-None-Match', required: false, description: '`*`: only when none is stored yet' })
  async define(
    @Param('event_type') type: string,
    @JsonValue() definition: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('If-Match') ifMatch?: string,
    @Headers('If-None-Match') ifNoneMatch?: string,
  ): Promise<MessageDetail> {
    if (!isEventType(type))
      throw new Problem('invalid_payload', {
        details: [
          {
            field: 'event_type',
            message: `must be at most ${MAX_EVENT_TYPE} of A-Z a-z 0-9, with single . _ - between them`,
          },
        ],
      });
    const result = await this.messages.define(type, definition, expectedOf(ifMatch, ifNoneMatch));
    if ('conflict' in result) throw new Problem('version_conflict');
    if (!result.ok) throw new Problem('invalid_payload', { details: result.problems });
    this.logger.log({ msg: 'message defined', event_type: type, version: result.entry.version });
    return detailOf(type, result.entry, reply);
  }

  @Delete(':event_type')
  @Answers(204, 'invalid_query', 'not_found', 'version_conflict')
  @ApiOperation({
    summary: 'Takes a stored definition away; one of the file, or a built-in one, is in force again',
  })
  @ApiHeader(IF_MATCH)
  async withdraw(@Param('event_type') type: string, @Headers('If-Match') ifMatch?: string): Promise<void> {
    const { answer } = await this.messages.withdraw(type, expectedOf(ifMatch, undefined));
    if (answer === 'conflict') throw new Problem('version_conflict');
    if (answer === 'missing')
      throw new Problem('not_found', { sentence: 'No definition is stored for this event type' });
    this.logger.log({ msg: 'message withdrawn', event_type: type });
  }

  @Get(':event_type/versions')
  @ApiOperation({ summary: 'The last versions of a stored definition, newest first' })
  async versions(@Param('event_type') type: string): Promise<MessageHistory> {
    const versions = await this.messages.versions(type);
    return {
      event_type: type,
      items: versions.map(({ version, updatedMs, text }) => ({
        version,
        updated_at: new Date(updatedMs).toISOString(),
        definition: text === null ? null : (JSON.parse(text) as MessageDetail['definition']),
      })),
    };
  }

  @Post(':event_type/preview')
  @Answers(200, 'invalid_json', 'invalid_payload', 'payload_too_large', 'not_found')
  @ApiOperation({
    summary: 'What would be sent to FCM for a sample payload, checked by FCM if wanted; nothing is delivered',
  })
  @ApiBody({ schema: PREVIEW_SCHEMA })
  async preview(@Param('event_type') type: string, @JsonValue() body: unknown): Promise<MessagePreview> {
    const asked = readPreview(body);
    const message = asked.definition ?? (await this.known(type)).message;
    return preview(
      type,
      message,
      asked,
      (userId) => this.devices.targetsOf(userId),
      (messages) => this.fcm.ask(messages),
      this.clock,
    );
  }

  private async known(type: string): Promise<Entry> {
    const entry = await this.messages.look(type);
    if (!entry) throw new Problem('not_found', { sentence: 'There is no definition for this event type' });
    return entry;
  }
}

function infoOf(type: string, { origin, version, updatedMs, message }: Entry): MessageInfo {
  const updated_at = updatedMs === null ? null : new Date(updatedMs).toISOString();
  return { event_type: type, origin, version, updated_at, target: message.target.kind };
}

function detailOf(type: string, entry: Entry, reply: FastifyReply): MessageDetail {
  if (entry.version !== null) reply.header('etag', `"${entry.version}"`);
  return { ...infoOf(type, entry), definition: entry.message.definition };
}

/** Which version a change is meant for, by RFC 9110: `If-Match: "12"`, or `If-None-Match: *` for none. */
function expectedOf(ifMatch: string | undefined, ifNoneMatch: string | undefined): Expected {
  const refuse = (field: string, message: string) =>
    new Problem('invalid_query', { details: [{ field, message }] });
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*' || ifMatch !== undefined)
      throw refuse('If-None-Match', 'must be *, and not beside If-Match');
    return 'none';
  }
  if (ifMatch === undefined) return undefined;
  const version = /^"(\d{1,15})"$/.exec(ifMatch.trim())?.[1];
  if (version === undefined) throw refuse('If-Match', 'must be the ETag of a version, such as "12"');
  return Number(version);
}
