import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkCrd, compile, resourcesOf } from '../../../executor/apiserver/schema/index.ts';
import type { FieldError, JsonSchema, KubeObject } from '../../../executor/apiserver/types.ts';
import { recorded, widgetSchema } from './fixtures/recorded.ts';

/** The server goes through maps in no order. */
const lines = (errors: FieldError[]): string[] =>
  errors.map(({ field, message, reason }) => `${field}: ${message} [${reason}]`).sort();

interface RecordedObject {
  obj: KubeObject;
  old?: KubeObject;
  stored: KubeObject;
  pruned: string[];
  errors: FieldError[];
}

describe('objects, as apiextensions-apiserver 0.36.4 defaulted, pruned and judged them', () => {
  const compiled = compile(widgetSchema);
  test.each(recorded<RecordedObject>('recorded-objects.jsonl').map((each, i) => ({ ...each, i })))(
    'object $i',
    ({ obj, old, stored, pruned, errors }) => {
      compiled.default(obj);
      expect(compiled.prune(obj)).toEqual([...pruned].sort());
      expect(obj).toEqual(stored);
      expect(lines(compiled.validate(obj, old))).toEqual(lines(errors));
    },
  );
});

interface RecordedDefinition {
  name: string;
  metadata?: object;
  spec: object;
  errors: FieldError[];
}

describe('definitions, as apiextensions-apiserver 0.36.4 judged them', () => {
  test.each(recorded<RecordedDefinition>('recorded-definitions.jsonl'))('$name', ({ spec, metadata, errors }) => {
    const head = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
    expect(lines(checkCrd({ ...head, metadata: metadata ?? { name: 'foos.x.dev' }, spec }))).toEqual(lines(errors));
  });
});

const { schema, spec } = JSON.parse(readFileSync(new URL('fixtures/rules-schema.json', import.meta.url), 'utf8')) as {
  schema: JsonSchema;
  spec: object;
};

describe('rules, as apiextensions-apiserver 0.36.4 ran them', () => {
  test.each(recorded<{ rule: string; errors: string[] }>('recorded-rules.jsonl'))('$rule', ({ rule, errors }) => {
    const ruled = { ...schema, 'x-kubernetes-validations': [{ rule }] };
    const { validate } = compile({ type: 'object', properties: { spec: ruled } });
    const object = { apiVersion: 'x.dev/v1', kind: 'Foo', metadata: { name: 'a' }, spec: structuredClone(spec) };
    expect(validate(object).map(({ message }) => message)).toEqual(errors);
  });
});

test('the recorded kind itself is accepted', () => {
  const crd = parse(readFileSync(new URL('fixtures/widget.yaml', import.meta.url), 'utf8'));
  expect(checkCrd(crd)).toEqual([]);
  expect(resourcesOf(crd)).toMatchObject([
    { group: 'test.vmctl.dev', version: 'v1', plural: 'widgets', namespaced: true },
  ]);
});
