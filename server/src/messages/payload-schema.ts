import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import type { FieldProblem } from '../contract';
import { schemaProblems } from './schema-problems';
import type { Scope } from './templates';

/** What a webhook must bring: what is wrong with a payload; empty when nothing. */
export type PayloadCheck = (payload: Scope) => FieldProblem[];

const MAX_BYTES = 16_384;
const MAX_DEPTH = 16;
const MAX_NODES = 1000;

/**
 * Not taken: a regular expression that backtracks, a comparison of each item with each other one, or references that double
 * at every step would hold up every other webhook meanwhile. Without references nothing is fetched either.
 */
const NOT_TAKEN: ReadonlyMap<string, string> = new Map([
  ['pattern', 'regular expressions are not taken; use enum, const, minLength or maxLength'],
  ['patternProperties', 'regular expressions are not taken'],
  ['format', 'formats are not taken'],
  ['uniqueItems', 'is not taken'],
  ['$ref', 'references are not taken; write the schema out'],
  ['$dynamicRef', 'references are not taken; write the schema out'],
  ['$id', 'is not taken'],
  ['$schema', 'is not taken; it is draft 2020-12'],
]);

/** Keywords whose members are names of the author's, not keywords. */
const NAMES_BELOW = new Set(['properties', 'dependentSchemas']);
/** Keywords whose value is data, not a schema. */
const DATA_BELOW = new Set(['enum', 'const', 'default', 'examples', 'required', 'dependentRequired']);

/** Strict about keywords it does not know; a field must be the payload's own, not one that every object has. */
const AJV = new Ajv2020({ strictSchema: true, strictTypes: false, ownProperties: true, logger: false });

/** Compiles the JSON Schema of a payload (draft 2020-12), once; the problems when it is none we take. */
export function compilePayloadSchema(
  schema: Record<string, unknown>,
): { ok: true; check: PayloadCheck } | { ok: false; problems: FieldProblem[] } {
  const problems = refusals(schema);
  if (problems.length > 0) return { ok: false, problems };
  try {
    const validate = AJV.compile(schema);
    return { ok: true, check: (payload) => problemsOf(payload, schema, validate) };
  } catch (error) {
    // Ajv throws for what is no schema, or for a keyword it does not know.
    return {
      ok: false,
      problems: [{ field: 'payload', message: error instanceof Error ? error.message : String(error) }],
    };
  } finally {
    // Who compiled it keeps it; Ajv would for ever.
    AJV.removeSchema(schema);
  }
}

/** Every required field of the outermost object that is missing; else the first thing that is wrong. */
function problemsOf(
  payload: Scope,
  schema: Record<string, unknown>,
  validate: ValidateFunction,
): FieldProblem[] {
  if (validate(payload)) return [];
  const required = Array.isArray(schema['required']) ? (schema['required'] as string[]) : [];
  const missing = required.filter((field) => !Object.hasOwn(payload, field));
  return missing.length > 0
    ? missing.map((field) => ({ field, message: 'is missing' }))
    : schemaProblems(validate.errors).slice(0, 1);
}

function refusals(schema: Record<string, unknown>): FieldProblem[] {
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_BYTES)
    return [{ field: 'payload', message: `has more than ${MAX_BYTES} bytes` }];
  const problems: FieldProblem[] = [];
  let nodes = 0;
  const walk = (node: unknown, path: string, depth: number, isNames: boolean): void => {
    if (typeof node !== 'object' || node === null || problems.length > 0) return;
    if (++nodes > MAX_NODES || depth > MAX_DEPTH)
      return void problems.push({
        field: 'payload',
        message: `has more than ${MAX_NODES} parts or ${MAX_DEPTH} levels`,
      });
    for (const [name, part] of Object.entries(node)) {
      const at = `${path}.${name}`;
      const keyword = isNames || Array.isArray(node) ? undefined : name;
      if (keyword !== undefined) {
        const reason = NOT_TAKEN.get(keyword);
        if (reason) problems.push({ field: at, message: reason });
        if (DATA_BELOW.has(keyword)) continue;
      }
      walk(part, at, depth + 1, keyword !== undefined && NAMES_BELOW.has(keyword));
    }
  };
  walk(schema, 'payload', 1, false);
  return problems;
}
