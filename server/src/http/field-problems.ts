import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import type { FieldProblem } from '../contract';

type Dto<T> = new () => T;

/** 1 to 128 characters of Unicode. class-validator's own `Length` does not count variation selectors. */
export const SHORT_TEXT = /^.{1,128}$/su;

/** How many problems are worth telling. */
const MOST_PROBLEMS = 20;

/** Checks a value against a flat DTO class with class-validator: the typed instance, or what is wrong with which field. */
export function checkFields<T extends object>(
  dto: Dto<T>,
  value: unknown,
  options: { onlyKnown: boolean },
): { ok: true; value: T } | { ok: false; details: FieldProblem[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { ok: false, details: [{ field: '', message: 'must be a JSON object' }] };
  const fields = fieldsOf(dto);
  const instance = plainToInstance(dto, pick(value, fields));
  const details = validateSync(instance, { forbidUnknownValues: true }).map(problemOf);
  const unknown = options.onlyKnown ? Object.keys(value).filter((name) => !fields.has(name)) : [];
  for (const field of unknown.slice(0, MOST_PROBLEMS)) details.push({ field, message: 'is not known here' });
  return details.length === 0 ? { ok: true, value: instance } : { ok: false, details };
}

const known = new WeakMap<Dto<object>, ReadonlySet<string>>();

/** The names of the fields a DTO class has rules for; looked up once, a class does not change. */
function fieldsOf(dto: Dto<object>): ReadonlySet<string> {
  let fields = known.get(dto);
  if (!fields) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    fields = new Set(rules.map(({ propertyName }) => propertyName));
    known.set(dto, fields);
  }
  return fields;
}

/**
 * The named fields of an object. class-transformer sees nothing else, because it needs seconds for a hundred thousand fields
 * and takes a nested field named `constructor` for a class.
 */
function pick(value: object, names: ReadonlySet<string>): object {
  const picked: Record<string, unknown> = {};
  for (const name of names)
    if (Object.hasOwn(value, name)) picked[name] = flat((value as Record<string, unknown>)[name]);
  return picked;
}

/** A field with what is nested in it emptied: no rule of a flat DTO looks there. */
function flat(field: unknown): unknown {
  if (Array.isArray(field)) return field.map((part: unknown) => (isObject(part) ? {} : part));
  return isObject(field) ? {} : field;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** The first constraint that fails says enough to mend a field. */
function problemOf({ property, constraints }: ValidationError): FieldProblem {
  const [message = 'is not valid'] = Object.values(constraints ?? {});
  const prefix = `${property} `;
  return { field: property, message: message.startsWith(prefix) ? message.slice(prefix.length) : message };
}
