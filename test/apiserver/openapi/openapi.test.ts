import { describe, expect, test } from 'vitest';
import { openapiV2, openapiV3, openapiV3Index } from '../../../executor/apiserver/openapi/index.ts';
import { builtinResources } from '../../../executor/apiserver/schema/builtin.ts';
import { checkCrd, resourcesOf } from '../../../executor/apiserver/schema/index.ts';
import { kubectlFor, testSinceKubectl } from '../fixtures/kubectl.ts';
import { readYaml, testServer } from '../fixtures/server.ts';

const crds = readYaml(new URL('../../../yamls/crds.yaml', import.meta.url));
const resources = [...builtinResources, ...crds.flatMap(resourcesOf)];

// biome-ignore lint/suspicious/noExplicitAny: documents are looked into at will
type Document = any;

/** Every `$ref` in a document. */
function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : references(value)));
}

describe('version 3', () => {
  const document: Document = openapiV3('vmctl.dev', 'v1alpha1', resources);

  test('names the kind, its metadata and what it answers', () => {
    const schema = document.components.schemas['dev.vmctl.v1alpha1.VirtualMachine'];
    expect(schema['x-kubernetes-group-version-kind']).toEqual([
      { group: 'vmctl.dev', kind: 'VirtualMachine', version: 'v1alpha1' },
    ]);
    expect(schema.properties.metadata.allOf).toEqual([
      { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
    ]);
    expect(Object.keys(document.paths)).toContain(
      '/apis/vmctl.dev/v1alpha1/namespaces/{namespace}/virtualmachines/{name}/status',
    );
  });

  test('offers dry runs and field validation with a patch, by which kubectl finds that there are such', () => {
    const { patch } = document.paths['/apis/vmctl.dev/v1alpha1/namespaces/{namespace}/virtualmachines/{name}'];
    expect(patch['x-kubernetes-action']).toBe('patch');
    expect(patch.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'dryRun',
      'fieldManager',
      'fieldValidation',
      'force',
    ]);
    expect(Object.keys(patch.requestBody.content)).not.toContain('application/strategic-merge-patch+json');
  });

  test('offers strategic merge for built-in kinds', () => {
    const core: Document = openapiV3('', 'v1', resources);
    const { patch } = core.paths['/api/v1/namespaces/{namespace}/configmaps/{name}'];
    expect(Object.keys(patch.requestBody.content)).toContain('application/strategic-merge-patch+json');
  });

  test.each([...new Set(resources.map(({ group, version }) => `${group}/${version}`))])(
    '%s refers to nothing that is not there',
    (groupVersion) => {
      const [group = '', version = ''] = groupVersion.split('/');
      const made: Document = openapiV3(group, version, resources);
      const names = Object.keys(made.components.schemas).map((name) => `#/components/schemas/${name}`);
      expect(references(made).filter((reference) => !names.includes(reference))).toEqual([]);
    },
  );

  test('the index leads to each by its hash', () => {
    expect(
      openapiV3Index(
        [
          { group: '', version: 'v1' },
          { group: 'vmctl.dev', version: 'v1alpha1' },
        ],
        'h',
      ),
    ).toEqual({
      paths: {
        'api/v1': { serverRelativeURL: '/openapi/v3/api/v1?hash=h' },
        'apis/vmctl.dev/v1alpha1': { serverRelativeURL: '/openapi/v3/apis/vmctl.dev/v1alpha1?hash=h' },
      },
    });
  });
});

describe('version 2', () => {
  const document: Document = openapiV2(resources);

  test('has no word that it does not know', () => {
    const text = JSON.stringify(document.definitions);
    for (const word of ['"oneOf"', '"anyOf"', '"allOf"', '"nullable"', '"x-kubernetes-validations"'])
      expect(text).not.toContain(word);
  });

  test('refers to nothing that is not there', () => {
    const names = Object.keys(document.definitions).map((name) => `#/definitions/${name}`);
    expect(references(document).filter((reference) => !names.includes(reference))).toEqual([]);
  });
});

test('built-in schemas keep the structural rules that definitions must keep', () => {
  for (const { schema, group, plural, kind, version, listKind, singular } of builtinResources.filter(
    ({ group }) => group !== '',
  )) {
    const { metadata: _, ...properties } = schema.properties ?? {};
    const names = { plural, kind, listKind, singular };
    const versions = [
      { name: version, served: true, storage: true, schema: { openAPIV3Schema: { ...schema, properties } } },
    ];
    const crd = { metadata: { name: `${plural}.${group}` }, spec: { group, scope: 'Cluster', names, versions } };
    expect(checkCrd(crd).filter(({ message }) => !message.includes('int-or-string'))).toEqual([]);
  }
});

describe('kubectl explain', () => {
  testSinceKubectl(29)('shows fields, types, what is required, and everything below', async () => {
    await using server = await testServer({ crds });
    const kubectl = kubectlFor(server.dir);
    const machine = await kubectl.ok(['explain', 'vm.spec.disks']);
    expect(machine).toContain('FIELD: disks <[]Object>');
    expect(machine).toMatch(/name\t<string> -required-\n {4}\S/);
    const recursive = await kubectl.ok(['explain', 'vm', '--recursive']);
    expect(recursive).toMatch(/ {2}spec\t<Object> -required-[\s\S]* {4}disks\t<\[\]Object>\n {6}\S/);
    expect(await kubectl.ok(['explain', 'configmap.data'])).toContain('FIELD: data <map[string]string>');
    expect(await kubectl.ok(['explain', 'crd.spec.names'])).toContain('shortNames');
    expect(await kubectl.run(['explain', 'vm.spec.nothing'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not exist'),
    });
  });
});
