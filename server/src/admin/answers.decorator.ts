import { applyDecorators, HttpCode, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiProperty, ApiPropertyOptional, ApiResponse, ApiSecurity } from '@nestjs/swagger';
import { AdminGuard } from '../access/admin.guard';
import { ERROR_CODES, type ErrorBody, type ErrorCode, type FieldProblem } from '../contract';
import { PROBLEMS } from '../http/problem';

/** The OpenAPI document's name for the console's cookie. */
export const SESSION = 'session';

class FieldProblemDto implements FieldProblem {
  @ApiProperty({ description: 'empty when it is the whole' })
  field!: string;

  @ApiProperty()
  message!: string;
}

class ErrorBodyDto implements ErrorBody {
  @ApiProperty({ description: 'a sentence for people' })
  error!: string;

  @ApiProperty({ enum: ERROR_CODES, description: 'a word for programs' })
  code!: ErrorCode;

  @ApiProperty()
  request_id!: string;

  @ApiPropertyOptional({ type: [FieldProblemDto] })
  details?: FieldProblem[];
}

/** With what a route answers: the status when all is well, and the codes of what may be wrong besides what its controller says. */
export function Answers(status: number, ...codes: ErrorCode[]) {
  return applyDecorators(HttpCode(status), ApiResponse({ status }), ...problems(codes));
}

/** Whose routes are for operators only, by bearer token or by the console's session. */
export function ForOperators() {
  return applyDecorators(
    UseGuards(AdminGuard),
    ApiBearerAuth(),
    ApiSecurity(SESSION),
    ...problems(['unauthorized', 'forbidden', 'rate_limited', 'queue_unavailable']),
  );
}

/** One answer for each status, which tells the codes it may have. */
function problems(codes: readonly ErrorCode[]) {
  return Array.from(
    Map.groupBy(codes, (code) => PROBLEMS[code][0]),
    ([status, same]) => {
      const description = same.map((code) => `\`${code}\`: ${PROBLEMS[code][1]}`).join('\n\n');
      return ApiResponse({ status, description, type: ErrorBodyDto });
    },
  );
}
