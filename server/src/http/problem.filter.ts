import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorBody, ErrorCode } from '../contract';
import { isRedisTrouble } from '../redis/trouble';
import { Problem, unavailable } from './problem';

/** What errors of Nest and Fastify themselves are called here. */
const CODE_OF_STATUS: Record<number, ErrorCode> = {
  400: 'invalid_query',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'request_timeout',
  413: 'payload_too_large',
  415: 'unsupported_encoding',
  429: 'rate_limited',
};

/** Renders every error of every route in the contract's form. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.problemOf(error);
    if (problem.extra.retryAfterS !== undefined) reply.header('retry-after', problem.extra.retryAfterS);
    // What is left of such a body is not worth reading.
    if (problem.getStatus() === 413 || problem.getStatus() === 408) reply.header('connection', 'close');
    void reply.status(problem.getStatus()).send(bodyOf(problem, request.id));
  }

  private problemOf(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (isRedisTrouble(error)) {
      this.logger.warn(`Redis did not do its part: ${error.message}`);
      return unavailable();
    }
    const code = error instanceof HttpException ? CODE_OF_STATUS[error.getStatus()] : undefined;
    if (!code) this.logger.error(error);
    return new Problem(code ?? 'internal_error');
  }
}

export function bodyOf(problem: Problem, requestId: string): ErrorBody {
  const { details } = problem.extra;
  return {
    error: problem.message,
    code: problem.code,
    request_id: requestId,
    ...(details ? { details } : {}),
  };
}
