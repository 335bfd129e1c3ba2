import { Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clearSessionCookie, sessionCookie, setSessionCookie } from '../access/cookies';
import { SESSION_MS, Sessions } from '../access/session';
import { WrongTokens } from '../access/wrong-tokens';
import type { Clock } from '../config/clock';
import { CONFIG, type ReadonlyConfig } from '../config/config';
import { CLOCK } from '../config/config.module';
import type { SessionInfo } from '../contract';
import { JsonBody } from '../http/json-body.decorator';
import { Answers, ForOperators } from './answers.decorator';

export class SignInDto {
  @MaxLength(1024)
  @IsString()
  @ApiProperty({ maxLength: 1024 })
  token!: string;
}

/** Sign-in of the console. */
@ApiTags('session')
@Controller('api/admin/session')
export class SessionController {
  constructor(
    private readonly sessions: Sessions,
    private readonly wrongTokens: WrongTokens,
    @Inject(CONFIG) private readonly config: ReadonlyConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Post()
  @Answers(200, 'invalid_json', 'invalid_payload', 'payload_too_large', 'unauthorized', 'rate_limited')
  @ApiOperation({ summary: 'Signs in with the admin token; sets the session cookie' })
  @ApiBody({ type: SignInDto })
  async signIn(
    @JsonBody(SignInDto) { token }: SignInDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionInfo> {
    if (!this.sessions.isAdminToken(token.trim())) return this.wrongTokens.refuse(request.ip);
    const { cookie, expiresMs } = this.sessions.issue(this.clock.now());
    reply.header('set-cookie', setSessionCookie(cookie, request.protocol === 'https'));
    return this.info(expiresMs);
  }

  @Get()
  @Answers(200)
  @ForOperators()
  @ApiOperation({ summary: 'Who one is, and how messages leave this installation' })
  current(@Req() request: FastifyRequest): SessionInfo {
    const now = this.clock.now();
    const cookie = sessionCookie(request.headers.cookie);
    const endsMs = cookie === null ? null : this.sessions.check(cookie, now);
    return this.info(endsMs ?? now + SESSION_MS);
  }

  @Delete()
  @Answers(204)
  @ApiOperation({ summary: 'Signs out' })
  signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    reply.header('set-cookie', clearSessionCookie(request.protocol === 'https'));
  }

  private info(expiresMs: number): SessionInfo {
    return { delivery_mode: this.config.delivery.mode, expires_at: new Date(expiresMs).toISOString() };
  }
}
