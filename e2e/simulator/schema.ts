import type { FieldViolation } from './answers.ts';

/** As much of JSON Schema as FCM's own schema needs. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: readonly string[];
  items?: Schema;
  enum?: readonly string[];
  pattern?: string;
  format?: string;
}

export type Fields = Record<string, unknown>;
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Gives the value with its fields under their proto names; what does not fit is noted in `violations`. */
export type Reader = (value: unknown, path: string, violations: FieldViolation[]) => unknown;

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/**
 * Turns a schema into a reader of proto3 JSON: a field may be named in lowerCamelCase too, null is a field that is not
 * there (https://protobuf.dev/programming-guides/json/). Keys of maps are left alone.
 */
export function readerOf(root: Schema): Reader {
  const definitions = new Map<string, Reader>();
  const compile = (schema: Schema): Reader => {
    if (schema.$ref) return definition(schema.$ref.replace('#/$defs/', ''));
    switch (schema.type) {
      case 'object':
        return objectReader(schema, compile);
      case 'array': {
        const item = compile(schema.items ?? {});
        return (value, path, violations) =>
          Array.isArray(value)
            ? value.map((each, index) => item(each, `${path}[${index}]`, violations))
            : wrong(path, violations);
      }
      case 'string':
        return scalar(textTest(schema));
      case 'boolean':
        return scalar((value) => typeof value === 'boolean');
      case 'number':
        return scalar((value) => typeof value === 'number');
      case 'integer':
        // Whole numbers may come as text, for languages whose numbers are too small.
        return scalar((value) => Number.isInteger(typeof value === 'string' ? Number(value) : value));
      default:
        return (value) => value;
    }
  };
  const definition = (name: string): Reader => {
    const known = definitions.get(name);
    if (known) return known;
    const schema = root.$defs?.[name];
    if (!schema) throw new Error(`The schema defines no ${name}`);
    // Before it is compiled, for messages that contain themselves.
    definitions.set(name, (...given) => definitions.get(name)!(...given));
    const reader = compile(schema);
    definitions.set(name, reader);
    return reader;
  };
  return compile(root);
}

function objectReader(schema: Schema, compile: (schema: Schema) => Reader): Reader {
  const { properties, additionalProperties, required = [] } = schema;
  if (!properties) {
    const value = isFields(additionalProperties) ? compile(additionalProperties) : undefined;
    return (map, path, violations) => {
      if (!isFields(map)) return wrong(path, violations);
      if (value) for (const key of Object.keys(map)) value(map[key], path, violations);
      return map;
    };
  }
  const readers = new Map(Object.entries(properties).map(([name, field]) => [name, compile(field)]));
  return (value, path, violations) => {
    if (!isFields(value)) return wrong(path, violations);
    const read: Fields = {};
    for (const key of Object.keys(value)) {
      const name = readers.has(key) ? key : protoName(key);
      const reader = readers.get(name);
      if (!reader) {
        violations.push({
          field: path,
          description: `Unknown name "${key}" at '${path}': Cannot find field.`,
        });
      } else if (value[key] !== null) {
        read[name] = reader(value[key], path ? `${path}.${name}` : name, violations);
      }
    }
    for (const name of required) {
      const field = path ? `${path}.${name}` : name;
      if (!(name in read)) violations.push({ field, description: `Missing value at '${field}'` });
    }
    return read;
  };
}

function textTest({ enum: words, pattern, format }: Schema): (value: unknown) => boolean {
  if (words) return (value) => words.includes(value as string);
  const shape = pattern ? new RegExp(pattern) : format === 'date-time' ? DATE_TIME : undefined;
  return (value) => typeof value === 'string' && (shape?.test(value) ?? true);
}

const scalar =
  (fits: (value: unknown) => boolean): Reader =>
  (value, path, violations) =>
    fits(value) ? value : wrong(path, violations);

function wrong(path: string, violations: FieldViolation[]): undefined {
  violations.push({ field: path, description: `Invalid value at '${path}'` });
}

const protoName = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
