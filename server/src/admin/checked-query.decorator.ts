import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { checkFields } from '../http/field-problems';
import { Problem } from '../http/problem';

/** The request's query, checked against a DTO class; an empty parameter counts as not given. */
export const CheckedQuery = createParamDecorator((dto: new () => object, context: ExecutionContext) => {
  const query = context.switchToHttp().getRequest<FastifyRequest>().query as Record<string, unknown>;
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  const checked = checkFields(dto, given, { onlyKnown: true });
  if (!checked.ok) throw new Problem('invalid_query', { details: checked.details });
  return checked.value;
});
