import { Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { UserTopics } from '../contract';
import { Topics } from '../devices/topics';
import { Problem } from '../http/problem';
import { SHORT_TEXT } from '../http/field-problems';
import { Messages } from '../messages/messages';
import { currentSubscriptions } from '../messages/subscriptions';
import { topicProblem } from '../messages/targets';
import { Answers, ForOperators } from './answers.decorator';

/** Which topics the devices of a user follow. */
@ApiTags('devices')
@Controller('api/admin/users/:user_id/topics')
@ForOperators()
export class TopicsController {
  constructor(
    private readonly topics: Topics,
    private readonly messages: Messages,
  ) {}

  @Get()
  @ApiOperation({ summary: "The topics of a user's devices, and whether FCM has been told" })
  async list(@Param('user_id') userId: string): Promise<UserTopics> {
    return this.topics.list(userId);
  }

  @Put(':topic')
  @Answers(200, 'invalid_query')
  @ApiOperation({ summary: 'Has all devices of a user follow a topic, and those they get later' })
  async follow(@Param('user_id') userId: string, @Param('topic') topic: string) {
    checked('user_id', SHORT_TEXT.test(userId) ? undefined : 'must have 1 to 128 characters');
    checked('topic', topicProblem(topic));
    const status = await this.topics.wish(userId, topic, 'in', await currentSubscriptions(this.messages));
    if (status === 'full') checked('topic', 'a user has 2000 topics at most');
    return { status, user_id: userId, topic };
  }

  @Delete(':topic')
  @Answers(204, 'invalid_query')
  @ApiOperation({ summary: 'Has no device of a user follow a topic, whatever message definitions say' })
  async leave(@Param('user_id') userId: string, @Param('topic') topic: string): Promise<void> {
    const rules = await currentSubscriptions(this.messages);
    // Only what a definition would bring back has to be remembered.
    const wish = rules.some((rule) => rule.topic === topic) ? 'out' : 'none';
    const status = await this.topics.wish(userId, topic, wish, rules);
    if (status === 'full') checked('topic', 'a user has 2000 topics at most');
  }
}

function checked(field: string, message: string | undefined): void {
  if (message !== undefined) throw new Problem('invalid_query', { details: [{ field, message }] });
}
