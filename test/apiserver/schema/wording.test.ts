import { describe, expect, test } from 'vitest';
import { compile } from '../../../executor/apiserver/schema/index.ts';
import type { JsonSchema } from '../../../executor/apiserver/types.ts';

const messages = (schema: JsonSchema, value: unknown): string[] =>
  compile({ type: 'object', properties: { spec: { type: 'object', properties: { x: schema } } } })
    .validate({ spec: { x: value } })
    .map(({ field, message, reason }) => `${field}: ${message} (${reason})`);

const items = { type: 'array', items: { type: 'string' } };

describe('errors are worded as kube-apiserver words them', () => {
  test.each<[string, JsonSchema, unknown, string]>([
    [
      'type',
      { type: 'integer' },
      'a',
      'spec.x: Invalid value: "string": spec.x in body must be of type integer: "string" (FieldValueTypeInvalid)',
    ],
    [
      'null',
      { type: 'string' },
      null,
      'spec.x: Invalid value: "null": spec.x in body must be of type string: "null" (FieldValueTypeInvalid)',
    ],
    [
      'a fraction',
      { type: 'integer' },
      1.5,
      'spec.x: Invalid value: "number": spec.x in body must be of type integer: "number" (FieldValueTypeInvalid)',
    ],
    [
      'int or string',
      { 'x-kubernetes-int-or-string': true },
      true,
      'spec.x: Invalid value: "boolean": spec.x in body must be of type integer,string: "boolean" (FieldValueTypeInvalid)',
    ],
    [
      'minimum',
      { type: 'integer', minimum: 1 },
      0,
      'spec.x: Invalid value: 0: spec.x in body should be greater than or equal to 1 (FieldValueInvalid)',
    ],
    [
      'exclusive maximum',
      { type: 'number', maximum: 1.5, exclusiveMaximum: true },
      1.5,
      'spec.x: Invalid value: 1.5: spec.x in body should be less than 1.5 (FieldValueInvalid)',
    ],
    [
      'multiple',
      { type: 'integer', multipleOf: 2 },
      3,
      'spec.x: Invalid value: 3: spec.x in body should be a multiple of 2 (FieldValueInvalid)',
    ],
    [
      'int32',
      { type: 'integer', format: 'int32' },
      2 ** 31,
      '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.x (FieldValueInvalid)',
    ],
    [
      'enum',
      { type: 'string', enum: ['A', 'B'] },
      'x',
      'spec.x: Unsupported value: "x": supported values: "A", "B" (FieldValueNotSupported)',
    ],
    [
      'enum of numbers',
      { type: 'integer', enum: [1, 2] },
      3,
      'spec.x: Unsupported value: 3: supported values: "1", "2" (FieldValueNotSupported)',
    ],
    [
      'pattern',
      { type: 'string', pattern: '^a$' },
      'b"',
      'spec.x: Invalid value: "b\\"": spec.x in body should match \'^a$\' (FieldValueInvalid)',
    ],
    [
      'too short',
      { type: 'string', minLength: 2 },
      'é',
      'spec.x: Invalid value: "é": spec.x in body should be at least 2 chars long (FieldValueInvalid)',
    ],
    [
      'too long',
      { type: 'string', maxLength: 2 },
      'abc',
      'spec.x: Too long: may not be more than 2 bytes (FieldValueTooLong)',
    ],
    [
      'too long by one',
      { type: 'string', maxLength: 1 },
      'ab',
      'spec.x: Too long: may not be more than 1 byte (FieldValueTooLong)',
    ],
    [
      'too many items',
      { ...items, maxItems: 2 },
      ['a', 'b', 'c'],
      'spec.x: Too many: 3: must have at most 2 items (FieldValueTooMany)',
    ],
    [
      'too few items',
      { ...items, minItems: 1 },
      [],
      'spec.x: Invalid value: 0: spec.x in body should have at least 1 items (FieldValueInvalid)',
    ],
    [
      'an item',
      items,
      ['a', 1],
      'spec.x[1]: Invalid value: "integer": spec.x[1] in body must be of type string: "integer" (FieldValueTypeInvalid)',
    ],
    ['required', { type: 'object', required: ['y'] }, {}, 'spec.x.y: Required value (FieldValueRequired)'],
    [
      'a member',
      { type: 'object', additionalProperties: { type: 'string' } },
      { k: 1 },
      'spec.x.k: Invalid value: "integer": spec.x.k in body must be of type string: "integer" (FieldValueTypeInvalid)',
    ],
    [
      'too many members',
      { type: 'object', maxProperties: 1 },
      { a: 1, b: 2 },
      'spec.x: Too many: 2: must have at most 1 item (FieldValueTooMany)',
    ],
    [
      'format',
      { type: 'string', format: 'ipv4' },
      '1.2.3',
      'spec.x: Invalid value: "1.2.3": spec.x in body must be of type ipv4: "1.2.3" (FieldValueTypeInvalid)',
    ],
    [
      'not',
      { type: 'string', not: { pattern: '^a' } },
      'a',
      '<nil>: Invalid value: "": "spec.x" must not validate the schema (not) (FieldValueInvalid)',
    ],
    [
      'none of one',
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found none valid (FieldValueInvalid)',
    ],
    [
      'two of one',
      { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      { a: 1, b: 1 },
      '<nil>: Invalid value: "": "spec.x" must validate one and only one schema (oneOf). Found 2 valid alternatives (FieldValueInvalid)',
    ],
    [
      'a set',
      { ...items, 'x-kubernetes-list-type': 'set' },
      ['a', 'b', 'a', 'a'],
      'spec.x[2]: Duplicate value: "a" (FieldValueDuplicate)',
    ],
    [
      'a list by key',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: { type: 'object' },
      },
      [{ name: 'x', a: 1 }, { name: 'x' }],
      'spec.x[1]: Duplicate value: {"name":"x"} (FieldValueDuplicate)',
    ],
  ])('%s', (_, schema, value, message) => {
    expect(messages(schema, value)).toContain(message);
  });
});

test('nothing is said of what is valid', () => {
  expect(messages({ type: 'string', nullable: true }, null)).toEqual([]);
  expect(messages({ type: 'number' }, 1)).toEqual([]);
  expect(messages({ type: 'string', pattern: '(?i)^A\\z' }, 'a')).toEqual([]);
  expect(messages({ type: 'string', format: 'unheard-of' }, 'a')).toEqual([]);
});
