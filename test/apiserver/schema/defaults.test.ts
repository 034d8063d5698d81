import { describe, expect, test } from 'vitest';
import { compile } from '../../../executor/apiserver/schema/index.ts';
import type { JsonSchema } from '../../../executor/apiserver/types.ts';

const inSpec = (x: JsonSchema): JsonSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties: { x } } },
});

function defaulted(x: JsonSchema, spec: object): unknown {
  const object = { spec: structuredClone(spec) };
  compile(inSpec(x)).default(object);
  return object.spec;
}

describe('defaults', () => {
  const withDefault = { type: 'string', default: 'd' };
  test.each<[string, JsonSchema, object, object]>([
    ['fill what is absent', withDefault, {}, { x: 'd' }],
    ['leave what is there, empty or not', withDefault, { x: '' }, { x: '' }],
    ['replace null where it is not allowed', withDefault, { x: null }, { x: 'd' }],
    ['leave null where it is', { ...withDefault, nullable: true }, { x: null }, { x: null }],
    [
      'go into a default object',
      { type: 'object', default: {}, properties: { y: withDefault } },
      {},
      { x: { y: 'd' } },
    ],
    ['do not make objects', { type: 'object', properties: { y: withDefault } }, {}, {}],
    [
      'go into items',
      { type: 'array', items: { type: 'object', properties: { y: withDefault } } },
      { x: [{}] },
      { x: [{ y: 'd' }] },
    ],
    [
      'go into members',
      { type: 'object', additionalProperties: { type: 'object', properties: { y: withDefault } } },
      { x: { k: {} } },
      { x: { k: { y: 'd' } } },
    ],
  ])('%s', (_, schema, spec, result) => {
    expect(defaulted(schema, spec)).toEqual(result);
  });

  test('null that is not allowed and has no default goes', () => {
    expect(defaulted({ type: 'string' }, { x: null })).toEqual({});
  });

  test('two objects never share one default', () => {
    const { default: fill } = compile(inSpec({ type: 'array', items: { type: 'string' }, default: [] }));
    const [a, b] = [{ spec: {} }, { spec: {} }] as [{ spec: { x?: string[] } }, { spec: { x?: string[] } }];
    fill(a);
    a.spec.x?.push('changed');
    fill(b);
    expect(b.spec.x).toEqual([]);
  });
});

describe('pruning', () => {
  const prune = (x: JsonSchema, object: object): string[] => compile(inSpec(x)).prune(object);

  test('removes what is unknown, wherever it is, and says where it was', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'K',
      metadata: { name: 'a', colour: 1 },
      spec: { x: [{ a: 1, b: 2 }], y: 1 },
      z: 1,
    };
    const schema = { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' } } } };
    expect(prune(schema, object)).toEqual(['metadata.colour', 'spec.x[0].b', 'spec.y', 'z']);
    expect(object).toEqual({ apiVersion: 'v1', kind: 'K', metadata: { name: 'a' }, spec: { x: [{ a: 1 }] } });
  });

  test('spares what is to be preserved, but not in what is named there', () => {
    const named = { type: 'object', properties: { k: { type: 'integer' } } };
    const schema: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { named } };
    const object = { spec: { x: { any: { thing: 1 }, named: { k: 1, u: 2 } } } };
    expect(prune(schema, object)).toEqual(['spec.x.named.u']);
    expect(object.spec.x.any).toEqual({ thing: 1 });
  });

  test('of a map, keys are data', () => {
    expect(
      prune(
        { type: 'object', additionalProperties: { type: 'string' } },
        { spec: { x: { constructor: 'a', __proto__x: 'b' } } },
      ),
    ).toEqual([]);
  });

  test('knows the type and metadata of whole objects inside', () => {
    const schema: JsonSchema = {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { spec: { type: 'object' } },
    };
    const object = { spec: { x: { apiVersion: 'v1', kind: 'K', metadata: { name: 'a', u: 1 }, u: 1 } } };
    expect(prune(schema, object)).toEqual(['spec.x.metadata.u', 'spec.x.u']);
  });
});
