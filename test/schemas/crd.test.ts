import { describe, expect, it } from 'vitest';
import { crd, type OpenApiSchema, objectSchema } from '../../schemas/crd.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import { places } from './walk.ts';

const definitions = Object.values(kinds);

/** Every field below spec and status of a kind. */
const fields = (kind: (typeof definitions)[number]) =>
  [...places(objectSchema(kind))].filter(({ path }) => /^\.(spec|status)/.test(path));

const isObject = (schema: OpenApiSchema) => schema.type === 'object';

describe.each(definitions.map((kind) => [kind.kind, kind] as const))('the CRD of %s', (_, kind) => {
  it('fits into the annotation in which kubectl apply keeps it', () => {
    expect(JSON.stringify(crd(kind)).length).toBeLessThan(256 * 1024);
  });

  it('describes every field', () => {
    const silent = fields(kind).filter(({ path, schema }) => !/(\[\]|\{\})$/.test(path) && !schema.description);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('gives every field a type, or int-or-string', () => {
    const untyped = fields(kind).filter(({ schema }) => !schema.type && schema['x-kubernetes-int-or-string'] !== true);
    expect(untyped.map(({ path }) => path)).toEqual([]);
  });

  it('bounds every list, text and number, so that CEL can estimate what a rule costs', () => {
    const unbounded = fields(kind).filter(({ schema }) => {
      if (schema.type === 'array') return schema['maxItems'] === undefined;
      if (schema.type === 'string') return schema['maxLength'] === undefined && schema['enum'] === undefined;
      return false;
    });
    expect(unbounded.map(({ path }) => path)).toEqual([]);
  });

  it('keeps to the structural rules: value validations only inside oneOf, anyOf, not', () => {
    const keywords = [
      '$ref',
      'allOf',
      'definitions',
      'dependencies',
      'deprecated',
      'discriminator',
      'id',
      'patternProperties',
      'uniqueItems',
    ];
    const forbidden = fields(kind).filter(({ schema }) => keywords.some((keyword) => keyword in schema));
    expect(forbidden.map(({ path }) => path)).toEqual([]);
    const both = fields(kind).filter(({ schema }) => schema.properties && schema['additionalProperties'] !== undefined);
    expect(both.map(({ path }) => path)).toEqual([]);
  });

  it('names only columns and selectable fields that its schema has', () => {
    const known = new Set(fields(kind).map(({ path }) => path));
    const plain = (jsonPath: string) => jsonPath.replace(/\[[^\]]*\]/g, '[]');
    const version = crd(kind).spec.versions[0];
    const named = version?.additionalPrinterColumns
      .map((column) => column.jsonPath)
      .filter((path) => !path.startsWith('.metadata'));
    expect(named?.filter((path) => !known.has(plain(path)))).toEqual([]);
    expect(version?.selectableFields?.filter(({ jsonPath }) => !known.has(jsonPath)) ?? []).toEqual([]);
  });

  it('requires the keys of its list maps', () => {
    const maps = fields(kind).filter(({ schema }) => schema['x-kubernetes-list-type'] === 'map');
    for (const { path, schema } of maps) {
      const items = schema.items ?? {};
      expect(isObject(items), path).toBe(true);
      expect(items['required'], path).toEqual(expect.arrayContaining(schema['x-kubernetes-list-map-keys'] as string[]));
    }
  });

  it('has no defaults in the items of a list that is replaced whole: a second apply would differ from what was defaulted', () => {
    const atomic = fields(kind).filter(
      ({ schema }) => schema.type === 'array' && !['map', 'set'].includes(String(schema['x-kubernetes-list-type'])),
    );
    const within = atomic.flatMap(({ path, schema }) => [...places(schema.items ?? {}, `${path}[]`)]);
    expect(within.filter(({ schema }) => schema['default'] !== undefined).map(({ path }) => path)).toEqual([]);
  });

  it('ends its columns with Age', () => {
    expect(crd(kind).spec.versions[0]?.additionalPrinterColumns.at(-1)).toMatchObject({
      name: 'Age',
      jsonPath: '.metadata.creationTimestamp',
    });
  });
});

describe('the six kinds', () => {
  it('have short names of their own and one category', () => {
    const short = definitions.flatMap((kind) => kind.shortNames);
    expect(short).toEqual(['vm', 'vmd', 'vmsn', 'vmi', 'vmn', 'vmp']);
    expect(definitions.map((kind) => crd(kind).spec.names.categories)).toEqual(definitions.map(() => ['vms']));
  });

  it('keep pools and networks for administrators', () => {
    expect(definitions.filter((kind) => kind.scope === 'Cluster').map((kind) => kind.kind)).toEqual([
      'VirtualMachineNetwork',
      'VirtualMachineStoragePool',
    ]);
  });
});
