import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { checkFields } from './field-problems';
import { Problem } from './problem';
import { readBody } from './read-body';
import { parseStrictJson } from './strict-json';

/** Bytes of a JSON body of the admin API; none of them comes near. */
const MAX_BYTES = 65_536;

/** The request's JSON body, read after the guards have passed; whoever takes it checks it. */
export const JsonValue = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  readJson(context),
);

/** The request's JSON body, read after the guards have passed and checked against a DTO class. */
export const JsonBody = createParamDecorator(async (dto: new () => object, context: ExecutionContext) => {
  const checked = checkFields(dto, await readJson(context), { onlyKnown: true });
  if (!checked.ok) throw new Problem('invalid_payload', { details: checked.details });
  return checked.value;
});

async function readJson(context: ExecutionContext): Promise<unknown> {
  const { raw } = context.switchToHttp().getRequest<FastifyRequest>();
  const document = parseStrictJson(await readBody(raw, MAX_BYTES));
  if (!document) throw new Problem('invalid_json');
  return document.value;
}
