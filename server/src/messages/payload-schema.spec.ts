import { compilePayloadSchema } from './payload-schema';
import type { Scope } from './templates';

function check(schema: Record<string, unknown>, payload: Scope) {
  const compiled = compilePayloadSchema(schema);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.check(payload);
}
const refusals = (schema: Record<string, unknown>) => {
  const compiled = compilePayloadSchema(schema);
  return compiled.ok ? [] : compiled.problems;
};

const SCHEMA = {
  type: 'object',
  required: ['order_id', 'address', 'items'],
  properties: {
    order_id: { type: 'string', minLength: 1, maxLength: 5 },
    address: { type: 'object', required: ['city'] },
    items: {
      type: 'array',
      minItems: 1,
      items: { required: ['sku'], properties: { price: { minimum: 0 } } },
    },
    kind: { enum: ['a', 'b'] },
  },
};
const SOUND = { order_id: 'A-1', address: { city: 'x' }, items: [{ sku: 's' }], more: true };

describe('a payload', () => {
  it('with what is required has no problem', () => {
    expect(check(SCHEMA, SOUND)).toEqual([]);
  });

  it('is told every field that is missing', () => {
    expect(check(SCHEMA, { items: [] })).toEqual([
      { field: 'order_id', message: 'is missing' },
      { field: 'address', message: 'is missing' },
    ]);
  });

  it.each([
    [{ order_id: '' }, 'order_id', 'must NOT have fewer than 1 characters'],
    [{ order_id: 7 }, 'order_id', 'must be string'],
    [{ address: {} }, 'address.city', 'is missing'],
    [{ items: [{ sku: 's' }, { sku: 't', price: -1 }] }, 'items.1.price', 'must be >= 0'],
    [{ kind: 'c' }, 'kind', 'must be one of a, b'],
  ])('%j is told the field that is wrong', (wrong, field, message) => {
    expect(check(SCHEMA, { ...SOUND, ...wrong })).toEqual([{ field, message }]);
  });

  it('does not have what every object has', () => {
    expect(check({ required: ['constructor', 'toString'] }, {})).toHaveLength(2);
    expect(check({ required: ['constructor'] }, JSON.parse('{"constructor":1}') as Scope)).toEqual([]);
  });
});

describe('a schema that is not taken', () => {
  it.each([
    [
      'a regular expression',
      { properties: { a: { items: { pattern: 'x' } } } },
      'payload.properties.a.items.pattern',
    ],
    ['regular expressions for names', { patternProperties: { 'a+': {} } }, 'payload.patternProperties'],
    ['a format', { properties: { a: { format: 'email' } } }, 'payload.properties.a.format'],
    ['a reference', { anyOf: [{ $ref: '#' }] }, 'payload.anyOf.0.$ref'],
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, 'payload.$schema'],
  ])('has %s', (_, schema, field) => {
    expect(refusals(schema)).toEqual([{ field, message: expect.stringContaining('not taken') }]);
  });

  it.each([
    ['bytes', { description: 'x'.repeat(17_000) }, /16384 bytes/],
    [
      'levels',
      JSON.parse('{"not":'.repeat(20) + '{}' + '}'.repeat(20)) as Record<string, unknown>,
      /16 levels/,
    ],
    ['parts', { anyOf: Array.from({ length: 1001 }, () => ({})) }, /1000 parts/],
  ])('has too many %s', (_, schema, message) => {
    expect(refusals(schema)).toEqual([{ field: 'payload', message: expect.stringMatching(message) }]);
  });
});

it('takes a field by the name of a keyword for a field', () => {
  const schema = { properties: { pattern: { type: 'string' }, format: { enum: [{ pattern: 'x' }] } } };
  expect(refusals(schema)).toEqual([]);
  expect(check(schema, { pattern: 1 })).toEqual([{ field: 'pattern', message: 'must be string' }]);
});
