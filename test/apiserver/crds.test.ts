import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../executor/apiserver/types.ts';
import { type Kubectl, kubectlFor, testSinceKubectl } from './fixtures/kubectl.ts';
import {
  machine,
  machineCrds,
  machines,
  mergePatch,
  readYaml,
  type TestServer,
  testServer,
} from './fixtures/server.ts';
import { Watcher } from './fixtures/watcher.ts';

const yamls = fileURLToPath(new URL('../../yamls', import.meta.url));
const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
let server: TestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await testServer({ crds: readYaml(`${yamls}/crds.yaml`) });
  kubectl = kubectlFor(server.dir);
});
afterAll(() => server[Symbol.asyncDispose]());

const [definition] = machineCrds as [KubeObject];
const create = () => server.ask('POST', crdsPath, definition);

test('the definitions that the server brings can be applied over it, and change nothing', async () => {
  const printed = (await kubectl.ok(['apply', '-f', `${yamls}/crds.yaml`])).trim().split('\n');
  expect(printed).toHaveLength(6);
  for (const line of printed) expect(line).toMatch(/^customresourcedefinition.apiextensions.k8s.io\/\S+ unchanged$/);
  await kubectl.ok(['apply', '--server-side', '--force-conflicts', '-f', `${yamls}/crds.yaml`]);
});

test('every example can be tried, applied in each way, and compared', async () => {
  for (const file of readdirSync(`${yamls}/examples`)) {
    const path = `${yamls}/examples/${file}`;
    await kubectl.ok(['apply', '--dry-run=server', '-f', path]);
    await kubectl.ok(['apply', '-f', path]);
    await kubectl.ok(['apply', '--server-side', '--force-conflicts', '-f', path]);
    expect(await kubectl.run(['diff', '-f', path])).toMatchObject({ code: 0 });
  }
  expect(await kubectl.ok(['get', 'vms', '-A'])).toContain('virtualmachine.vmctl.dev/web');
});

test('a definition made at run time is served at once, and changed under way', async () => {
  const { code, body } = await create();
  expect(code).toBe(201);
  expect(body.status.conditions.map((c: { type: string; status: string }) => `${c.type}=${c.status}`)).toEqual([
    'NamesAccepted=True',
    'Established=True',
  ]);
  expect(body.status).toMatchObject({ acceptedNames: { plural: 'machines', kind: 'Machine' }, storedVersions: ['v1'] });
  expect((await server.ask('POST', machines, machine('made'))).code).toBe(201);
  expect(await kubectl.ok(['wait', '--for=condition=Established', `crd/${definition.metadata.name}`])).toContain(
    'condition met',
  );
  const next = structuredClone(body);
  const { spec } = next.spec.versions[0].schema.openAPIV3Schema.properties;
  spec.properties.extra = { type: 'string', default: 'new' };
  await using watcher = await Watcher.open(server.socketPath, machines, {
    resourceVersion: body.metadata.resourceVersion,
  });
  expect((await server.ask('PUT', `${crdsPath}/${definition.metadata.name}`, next)).body.metadata.generation).toBe(2);
  await watcher.ended();
  expect((await server.ask('GET', `${machines}/made`)).body.spec.extra).toBe('new');
  expect((await server.ask('GET', machines)).body.items[0].spec.extra).toBe('new');
});

test('a definition that is wrong is refused with the path', async () => {
  const broken = structuredClone(definition) as KubeObject & { spec: { versions: { schema: object }[] } };
  for (const version of broken.spec.versions) version.schema = { openAPIV3Schema: { properties: { spec: {} } } };
  broken.metadata.name = 'others.test.vmctl.dev';
  const { code, body } = await server.ask('POST', crdsPath, broken);
  expect(code).toBe(422);
  expect(body.message).toContain('CustomResourceDefinition.apiextensions.k8s.io "others.test.vmctl.dev" is invalid');
  expect(body.details.causes.some(({ field }: { field: string }) => field.startsWith('spec.'))).toBe(true);
});

testSinceKubectl(24)('a definition goes after its objects; meanwhile they can go but none can come', async () => {
  await server.ask('POST', machines, machine('last', {}, { finalizers: ['test.vmctl.dev/hold'] }));
  const path = `${crdsPath}/${definition.metadata.name}`;
  const { body } = await server.ask('DELETE', path);
  expect(body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
  expect((await server.ask('POST', machines, machine('more'))).code).toBe(405);
  await kubectl.ok(['wait', '--for=delete', 'machines.test.vmctl.dev/made', '--timeout=60s']);
  expect((await server.ask('GET', `${machines}/last`)).body.metadata.deletionTimestamp).toBeTruthy();
  expect((await server.ask('PATCH', `${machines}/last`, { metadata: { finalizers: null } }, mergePatch)).code).toBe(
    200,
  );
  await kubectl.ok(['wait', '--for=delete', `crd/${definition.metadata.name}`, '--timeout=60s']);
  expect((await server.ask('GET', machines)).code).toBe(404);
  expect((await create()).code).toBe(201);
  expect((await server.ask('GET', machines)).body.items).toEqual([]);
});
