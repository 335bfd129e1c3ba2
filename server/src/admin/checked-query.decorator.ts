import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { checkFields } from '../http/field-problems';
import { Problem } from '../http/problem';

/** Empty is not among what these may be; of what an operator looks for it means that anything will do. */
const NEVER_EMPTY = ['limit'];

/** The request's query, checked against a DTO class; an empty parameter counts as not given. */
export const CheckedQuery = createParamDecorator((dto: new () => object, context: ExecutionContext) => {
  const query = context.switchToHttp().getRequest<FastifyRequest>().query as Record<string, unknown>;
  const given = Object.fromEntries(
    Object.entries(query).filter(([name, value]) => value !== '' || NEVER_EMPTY.includes(name)),
  );
  const checked = checkFields(dto, given, { onlyKnown: true });
  if (!checked.ok) throw new Problem('invalid_query', { details: checked.details });
  return checked.value;
});
