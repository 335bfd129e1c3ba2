import type { ErrorObject } from 'ajv';
import type { FieldProblem } from '../contract';

/** Ajv's complaints as problems of fields (`data.url`, `items.0.price`), in words of ours where its own are of no help. */
export function schemaProblems(errors: readonly ErrorObject[] | null | undefined): FieldProblem[] {
  const problems = new Map<string, FieldProblem>();
  for (const error of errors ?? []) {
    const problem = problemOf(error);
    if (!problems.has(problem.field)) problems.set(problem.field, problem);
  }
  return [...problems.values()];
}

function problemOf({ keyword, instancePath, params, message, propertyName }: ErrorObject): FieldProblem {
  const path = instancePath.split('/').slice(1).map(unescaped);
  const at = (name: unknown) => [...path, String(name)].join('.');
  if (propertyName !== undefined)
    return { field: at(propertyName), message: 'is no name that may stand here' };
  switch (keyword) {
    case 'required':
      return { field: at(params['missingProperty']), message: 'is missing' };
    case 'additionalProperties':
      return { field: at(params['additionalProperty']), message: 'is not known here' };
    case 'propertyNames':
      return { field: at(params['propertyName']), message: 'is no name that may stand here' };
    case 'enum':
      return {
        field: path.join('.'),
        message: `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`,
      };
    default:
      return { field: path.join('.'), message: message ?? 'is not valid' };
  }
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
