import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { FieldProblem } from '../contract';

type Dto<T> = new () => T;

/** Checks a value against a DTO class with class-validator: the typed instance, or what is wrong with which field. */
export function checkFields<T extends object>(
  dto: Dto<T>,
  value: unknown,
  options: { onlyKnown: boolean },
): { ok: true; value: T } | { ok: false; details: FieldProblem[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, details: [{ field: '', message: 'must be a JSON object' }] };
  const instance = plainToInstance(dto, value);
  const errors = validateSync(instance, {
    whitelist: options.onlyKnown,
    forbidNonWhitelisted: options.onlyKnown,
    forbidUnknownValues: true,
  });
  return errors.length === 0
    ? { ok: true, value: instance }
    : { ok: false, details: errors.flatMap(problemsOf) };
}

/** One problem a field: the first constraint that fails says enough to mend it. */
function problemsOf(error: ValidationError): FieldProblem[] {
  const [message = 'is not valid'] = Object.values(error.constraints ?? {});
  const prefix = `${error.property} `;
  return [
    { field: error.property, message: message.startsWith(prefix) ? message.slice(prefix.length) : message },
  ];
}
