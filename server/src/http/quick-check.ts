import { getMetadataStorage, type ValidationArguments } from 'class-validator';
import type { ValidationMetadata } from 'class-validator/types/metadata/ValidationMetadata';

type Dto<T> = new () => T;

interface Rule {
  field: string;
  constraints: unknown[];
  holds: (value: unknown, args: ValidationArguments) => boolean | Promise<boolean>;
}

/** Of each class that was asked for; null when it has rules that only class-validator itself can apply. */
const known = new WeakMap<Dto<object>, readonly Rule[] | null>();

/**
 * Puts a value to the rules of a flat DTO class whose fields are taken as they are, and nothing else: of class-validator's
 * own, but without what it builds to be able to complain, which costs more than all the rest of a webhook's check.
 * Answers null when a rule is broken or cannot be applied here; `checkFields` then says which.
 */
export function quickCheck<T extends object>(dto: Dto<T>, value: unknown): T | null {
  if (typeof value !== 'object' || value === null) return null;
  let rules = known.get(dto);
  if (rules === undefined) known.set(dto, (rules = rulesOf(dto)));
  if (!rules) return null;
  const instance = new dto();
  for (const rule of rules) if (!keeps(instance, rule, value)) return null;
  return instance;
}

/** Copies the field on the way. */
function keeps<T extends object>(instance: T, { field, constraints, holds }: Rule, from: object): boolean {
  const value: unknown = Object.hasOwn(from, field) ? (from as Record<string, unknown>)[field] : undefined;
  (instance as Record<string, unknown>)[field] = value;
  const args = { value, constraints, targetName: '', object: instance, property: field };
  return holds(value, args) === true;
}

function rulesOf(dto: Dto<object>): Rule[] | null {
  const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
  return rules.every(isSimple) ? rules.flatMap(applicable) : null;
}

function isSimple({ type, each, validateIf }: ValidationMetadata): boolean {
  return type === 'customValidation' && !each && !validateIf;
}

function applicable({ propertyName: field, constraints, constraintCls }: ValidationMetadata): Rule[] {
  return getMetadataStorage()
    .getTargetValidatorConstraints(constraintCls)
    .map(({ instance }) => ({
      field,
      constraints,
      holds: (value, args) => instance.validate(value, args),
    }));
}
