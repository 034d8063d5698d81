import fc from 'fast-check';
import { expect, test } from 'vitest';
import { childOf, type FieldSet, pathsOf } from '../../../executor/apiserver/apply/fields/set.ts';
import { decodeFields, encodeFields } from '../../../executor/apiserver/apply/fields/v1.ts';
import { mergePatch, serverSideApply, trackUpdate } from '../../../executor/apiserver/apply/index.ts';
import { rootSchema } from '../../../executor/apiserver/apply/typed/atom.ts';
import { fieldSetOf } from '../../../executor/apiserver/apply/typed/field-set.ts';
import type { KubeObject } from '../../../executor/apiserver/types.ts';
import { schema, widget } from './fixtures/widgets.ts';

const now = '2026-01-01T00:00:00Z';
const some = fc.option;
const port = fc.record(
  { port: fc.integer({ min: 1, max: 4 }), weight: fc.integer({ min: 1, max: 2 }) },
  { requiredKeys: ['port'] },
);

// Empty lists that merge are left out: nobody owns them, on a real server neither.
const spec = fc.record(
  {
    count: fc.integer({ min: 0, max: 3 }),
    mode: fc.constantFrom('Fast', 'Slow'),
    ports: fc.uniqueArray(port, { selector: (item) => item.port, minLength: 1, maxLength: 3 }),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
    steps: fc.array(fc.record({ run: fc.constantFrom('x', 'y') }), { maxLength: 2 }),
    limits: fc.record(
      { cpu: fc.integer({ min: 1, max: 2 }), burst: fc.record({ seconds: fc.nat(2) }, { requiredKeys: [] }) },
      { requiredKeys: [] },
    ),
    anything: fc.dictionary(
      fc.constantFrom('x', 'y'),
      fc.oneof(fc.nat(2), fc.dictionary(fc.constantFrom('z'), fc.nat(2))),
    ),
  },
  { requiredKeys: [] },
);

const configuration = fc.record({
  spec,
  labels: some(fc.dictionary(fc.constantFrom('l', 'm'), fc.constantFrom('1', '2'))),
});
const object = configuration.map(({ spec: given, labels }) => widget(given, labels ? { labels } : {}));

function apply(live: KubeObject | undefined, applied: KubeObject, manager: string): KubeObject {
  const result = serverSideApply({ ...(live && { live }), applied, manager, force: true, schema, now });
  if (!('object' in result)) throw new Error('a forced apply has no conflicts');
  return result.object;
}

const leaves = (value: KubeObject): FieldSet => fieldSetOf(value, rootSchema(schema));
const entriesOf = ({ metadata: { managedFields = [] } }: KubeObject) =>
  managedFields.map(({ fieldsV1 }) => decodeFields(fieldsV1));

test('applying the same twice is applying it once', () => {
  fc.assert(
    fc.property(object, object, (first, second) => {
      const once = apply(apply(undefined, first, 'a'), second, 'b');
      expect(apply(once, second, 'b')).toEqual(once);
    }),
  );
});

test('what is applied is there afterwards', () => {
  fc.assert(
    fc.property(object, object, (first, second) => {
      const after = apply(apply(undefined, first, 'a'), second, 'b');
      for (const path of pathsOf(leaves(second))) expect(valueAt(after, path)).toBeDefined();
    }),
  );
});

test('the last applier of everything leaves nothing behind but what names the object', () => {
  fc.assert(
    fc.property(object, (given) => {
      const emptied = apply(apply(undefined, given, 'a'), widget({}), 'a');
      expect(emptied['spec'] ?? {}).toEqual({});
      expect(emptied.metadata.labels ?? {}).toEqual({});
    }),
  );
});

test('nobody owns what is not there', () => {
  fc.assert(
    fc.property(object, object, (first, second) => {
      const created = trackUpdate({ updated: first, manager: 'a', schema, now });
      const updated = {
        ...second,
        metadata: { ...second.metadata, managedFields: created.metadata.managedFields ?? [] },
      };
      const next = trackUpdate({ live: created, updated, manager: 'b', schema, now });
      for (const set of entriesOf(next)) for (const path of pathsOf(set)) expect(valueAt(next, path)).toBeDefined();
    }),
  );
});

/** Whether a path's steps lead anywhere; the items of lists are looked up by what they claim. */
function valueAt(root: KubeObject, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => {
    if (value === undefined || value === null) return undefined;
    const rest = step.slice(2);
    if (step.startsWith('f:')) return (value as Record<string, unknown>)[rest];
    const wanted: unknown = JSON.parse(rest);
    const items = value as unknown[];
    return items.find((item) => (step.startsWith('v:') ? item === wanted : matches(item as object, wanted as object)));
  }, root);
}

const matches = (item: object, keys: object): boolean =>
  Object.entries({ protocol: 'TCP', ...item })
    .filter(([key]) => key in keys)
    .every(([key, value]) => (keys as Record<string, unknown>)[key] === value);

test('field sets survive FieldsV1', () => {
  fc.assert(
    fc.property(object, (given) => {
      const set = leaves(given);
      expect(decodeFields(encodeFields(set))).toEqual(normal(set));
    }),
  );
});

/** Without nodes that lead nowhere. */
function normal(set: FieldSet): FieldSet {
  const result: FieldSet = { member: set.member, children: new Map() };
  for (const [element, child] of set.children) {
    const next = normal(child);
    if (next.member || next.children.size > 0) Object.assign(childOf(result, element), next);
  }
  return result;
}

test('a merge patch of what an object is to become makes it so', () => {
  fc.assert(
    fc.property(object, object, (first, second) => {
      const gone = Object.fromEntries(Object.keys(first['spec'] as object).map((key) => [key, null]));
      const patched = mergePatch(mergePatch(first, { spec: gone }), second) as KubeObject;
      expect(patched['spec']).toEqual(second['spec']);
    }),
  );
});
