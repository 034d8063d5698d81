import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor, testSinceKubectl } from './fixtures/kubectl.ts';
import { configMap, machine, mergePatch, type TestServer, testServer } from './fixtures/server.ts';

let server: TestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await testServer();
  kubectl = kubectlFor(server.dir);
});
afterAll(() => server[Symbol.asyncDispose]());

test('the four namespaces of every cluster are there', async () => {
  const names = (await kubectl.ok(['get', 'ns', '-o', 'name'])).trim().split('\n');
  expect(names).toEqual(
    ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => `namespace/${name}`),
  );
});

test('a namespace goes with all that is in it', async () => {
  await kubectl.ok(['create', 'namespace', 'short']);
  await kubectl.ok(['-n', 'short', 'apply', '-f', '-'], machine('inside'));
  await kubectl.ok(['-n', 'short', 'create', 'configmap', 'also', '--from-literal=a=b']);
  expect(await kubectl.ok(['delete', 'namespace', 'short', '--timeout=60s'])).toContain('namespace "short" deleted');
  expect(await kubectl.ok(['get', 'machines,configmaps', '-A', '-o', 'name'])).toBe('');
  expect((await kubectl.run(['-n', 'short', 'apply', '-f', '-'], machine('late'))).stderr).toContain(
    'Error from server (NotFound): error when creating "STDIN": namespaces "short" not found',
  );
});

testSinceKubectl(24)(
  'while something in it has a finalizer, a namespace is terminating and takes nothing new',
  async () => {
    await kubectl.ok(['create', 'namespace', 'slow']);
    await kubectl.ok(['-n', 'slow', 'apply', '-f', '-'], machine('held', {}, { finalizers: ['test.vmctl.dev/hold'] }));
    expect((await kubectl.run(['delete', 'namespace', 'slow', '--timeout=1s'])).code).toBe(1);
    expect(await kubectl.ok(['get', 'ns', 'slow'])).toContain('Terminating');
    const refused = await kubectl.run(['-n', 'slow', 'apply', '-f', '-'], machine('late'));
    expect(refused.stderr).toContain(
      'machines.test.vmctl.dev "late" is forbidden: unable to create new content in namespace slow because it is being terminated',
    );
    const { body } = await server.ask('GET', '/api/v1/namespaces/slow');
    const remaining = body.status.conditions.find((c: { type: string }) => c.type === 'NamespaceFinalizersRemaining');
    expect(remaining).toMatchObject({
      status: 'True',
      message: expect.stringContaining('test.vmctl.dev/hold in 1 resource instances'),
    });
    const path = '/apis/test.vmctl.dev/v1/namespaces/slow/machines/held';
    await server.ask('PATCH', path, { metadata: { finalizers: [] } }, mergePatch);
    await kubectl.ok(['wait', '--for=delete', 'ns/slow', '--timeout=60s']);
  },
);

testSinceKubectl(24)('a namespace that was being deleted when the server stopped goes when it is back', async () => {
  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'cut' } });
  const held = configMap('held', { finalizers: ['test.vmctl.dev/hold'] });
  await server.ask('POST', '/api/v1/namespaces/cut/configmaps', held);
  await server.ask('DELETE', '/api/v1/namespaces/cut');
  await server.ask('PATCH', '/api/v1/namespaces/cut/configmaps/held', { metadata: { finalizers: null } }, mergePatch);
  await server.restart();
  await kubectl.ok(['wait', '--for=delete', 'ns/cut', '--timeout=60s']);
});

test('those that the system needs cannot be deleted', async () => {
  for (const name of ['default', 'kube-system', 'kube-public']) {
    expect((await kubectl.run(['delete', 'ns', name])).stderr).toContain(
      `Error from server (Forbidden): namespaces "${name}" is forbidden: this namespace may not be deleted`,
    );
  }
});
