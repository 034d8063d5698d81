import { describe, expect, test } from 'vitest';
import { compile } from '../../../executor/apiserver/schema/index.ts';
import type { JsonSchema, ValidationRule } from '../../../executor/apiserver/types.ts';

const schemaWith = (...rules: ValidationRule[]): JsonSchema => ({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { count: { type: 'integer', maximum: 9 }, name: { type: 'string' } },
      'x-kubernetes-validations': rules,
    },
  },
});

const errors = (rules: ValidationRule[], spec: object, old?: object): string[] =>
  compile(schemaWith(...rules))
    .validate({ spec }, old && { spec: old })
    .map(({ field, message, reason }) => `${field}: ${message} (${reason})`);

describe('a rule that fails', () => {
  test('says its message, or itself', () => {
    expect(errors([{ rule: 'self.count > 1', message: 'more! ' }], { count: 1 })).toEqual([
      'spec: Invalid value: more! (FieldValueInvalid)',
    ]);
    expect(errors([{ rule: ' self.count > 1' }], { count: 1 })).toEqual([
      'spec: Invalid value: failed rule: self.count > 1 (FieldValueInvalid)',
    ]);
  });

  test('says what its message expression makes, unless that fails', () => {
    const rule = { rule: 'self.count > 1', messageExpression: "'got %d'.format([self.count])", message: 'more' };
    expect(errors([rule], { count: 1 })).toEqual(['spec: Invalid value: got 1 (FieldValueInvalid)']);
    expect(errors([{ ...rule, messageExpression: 'self.name' }], { count: 1 })).toEqual([
      'spec: Invalid value: more (FieldValueInvalid)',
    ]);
    expect(errors([{ ...rule, messageExpression: "'a\\nb'" }], { count: 1 })).toEqual([
      'spec: Invalid value: more (FieldValueInvalid)',
    ]);
  });

  test('has its own reason and place', () => {
    const rule = { rule: 'false', message: 'no', fieldPath: '.name' } as const;
    expect(errors([{ ...rule, reason: 'FieldValueForbidden' }], {})).toEqual([
      'spec.name: Forbidden: no (FieldValueForbidden)',
    ]);
    expect(errors([{ ...rule, reason: 'FieldValueRequired' }], {})).toEqual([
      'spec.name: Required value: no (FieldValueRequired)',
    ]);
  });

  test('shows the value of a scalar', () => {
    const schema: JsonSchema = {
      type: 'object',
      properties: { n: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self % 2 == 0', message: 'odd' }] } },
    };
    expect(compile(schema).validate({ n: 3 })).toEqual([
      { reason: 'FieldValueInvalid', field: 'n', message: 'Invalid value: 3: odd' },
    ]);
  });

  test('by an error says which', () => {
    expect(errors([{ rule: 'self.count > 1' }], {})).toEqual([
      'spec: Invalid value: "object": no such key: count evaluating rule: self.count > 1 (FieldValueInvalid)',
    ]);
  });
});

describe('transitions', () => {
  const immutable = { rule: 'self.name == oldSelf.name', message: 'immutable' };

  test('are judged only where there is an old value', () => {
    expect(errors([immutable], { name: 'a' })).toEqual([]);
    expect(errors([immutable], { name: 'a' }, { name: 'a' })).toEqual([]);
    expect(errors([immutable], { name: 'b' }, { name: 'a' })).toEqual([
      'spec: Invalid value: immutable (FieldValueInvalid)',
    ]);
  });

  test('with an optional old value are judged at creation too', () => {
    const rule = { rule: 'oldSelf.hasValue() || self.count == 0', optionalOldSelf: true, message: 'starts at 0' };
    expect(errors([rule], { count: 1 })).toEqual(['spec: Invalid value: starts at 0 (FieldValueInvalid)']);
    expect(errors([rule], { count: 1 }, { count: 0 })).toEqual([]);
  });

  test('what failed before may go on failing as long as nobody touches it', () => {
    const rule = { rule: 'self.count > 1', message: 'more' };
    expect(errors([rule], { count: 1 }, { count: 1 })).toEqual([]);
    expect(errors([rule], { count: 1, name: 'x' }, { count: 1 })).toEqual([
      'spec: Invalid value: more (FieldValueInvalid)',
    ]);
  });
});

test('rules wait until types and required fields are right, and not for bounds', () => {
  const rule = { rule: 'self.count > 100', message: 'more' };
  expect(errors([rule], { count: 'x' })).toEqual([
    'spec.count: Invalid value: "string": spec.count in body must be of type integer: "string" (FieldValueTypeInvalid)',
    '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation (FieldValueInvalid)',
  ]);
  expect(errors([rule], { count: 10 })).toHaveLength(2);
});
