import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor, testSinceKubectl } from './fixtures/kubectl.ts';
import { machine, type TestServer, testServer } from './fixtures/server.ts';

let server: TestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await testServer();
  kubectl = kubectlFor(server.dir);
});
afterAll(() => server[Symbol.asyncDispose]());

const specOf = async (name: string) => JSON.parse(await kubectl.ok(['get', 'mc', name, '-o', 'json'])).spec;

test('apply creates, leaves alone, configures, and prunes what is no longer applied', async () => {
  const applied = machine('applied', { cpu: { cores: 2, model: 'max' } });
  expect(await kubectl.ok(['apply', '-f', '-'], applied)).toContain('machine.test.vmctl.dev/applied created');
  expect(await kubectl.ok(['apply', '-f', '-'], applied)).toContain('unchanged');
  const changed = machine('applied', { cpu: { cores: 3 } });
  expect(await kubectl.ok(['apply', '-f', '-'], changed)).toContain('configured');
  expect((await specOf('applied')).cpu).toEqual({ cores: 3 });
});

testSinceKubectl(29)('server-side apply owns fields, refuses those of others, and takes them by force', async () => {
  const apply = ['apply', '--server-side', '-f', '-'];
  await kubectl.ok([...apply, '--field-manager=one'], machine('owned', { cpu: { cores: 2 } }));
  const other = await kubectl.run([...apply, '--field-manager=two'], machine('owned', { cpu: { cores: 4 } }));
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('Apply failed with 1 conflict: conflict with "one": .spec.cpu.cores');
  await kubectl.ok([...apply, '--field-manager=two', '--force-conflicts'], machine('owned', { cpu: { cores: 4 } }));
  const shown = JSON.parse(await kubectl.ok(['get', 'mc', 'owned', '-o', 'json', '--show-managed-fields']));
  const owner = shown.metadata.managedFields.find((entry: { manager: string }) => entry.manager === 'two');
  expect(owner).toMatchObject({ operation: 'Apply', fieldsV1: { 'f:spec': { 'f:cpu': { 'f:cores': {} } } } });
});

test('a dry run on the server tells what would be, and stores nothing', async () => {
  const wanted = machine('imagined', { disks: [{ name: 'root' }] });
  for (const flags of [[], ['--server-side']]) {
    const printed = await kubectl.ok(['apply', ...flags, '--dry-run=server', '-o', 'json', '-f', '-'], wanted);
    expect(JSON.parse(printed).spec).toMatchObject({ powerState: 'Stopped', disks: [{ name: 'root', bus: 'virtio' }] });
  }
  expect((await kubectl.run(['get', 'mc', 'imagined'])).stderr).toContain(
    'Error from server (NotFound): machines.test.vmctl.dev "imagined" not found',
  );
});

test('diff shows what apply would change, and nothing when nothing would', async () => {
  await kubectl.ok(['apply', '-f', '-'], machine('compared'));
  expect(await kubectl.run(['diff', '-f', '-'], machine('compared'))).toMatchObject({ code: 0, stdout: '' });
  const { code, stdout } = await kubectl.run(['diff', '-f', '-'], machine('compared', { cpu: { cores: 7 } }));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^-\s+cores: 1$/m);
  expect(stdout).toMatch(/^\+\s+cores: 7$/m);
});

test('edit changes what the editor changed', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('edited', { powerState: 'Stopped' }));
  const editor = join(kubectl.home, 'editor.sh');
  writeFileSync(editor, '#!/bin/sh\nsed -i "s/powerState: .*/powerState: Running/" "$1"\n');
  chmodSync(editor, 0o755);
  expect(await kubectl.ok(['edit', 'mc', 'edited'], '', { KUBE_EDITOR: editor })).toContain('edited');
  expect(await specOf('edited')).toMatchObject({ powerState: 'Running' });
});

testSinceKubectl(29)('patch: merge, JSON, and strategic where the kind is built in', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('patched', { cpu: { cores: 1, model: 'max' } }));
  await kubectl.ok(['patch', 'mc', 'patched', '--type=merge', '-p', '{"spec":{"cpu":{"cores":5,"model":null}}}']);
  expect((await specOf('patched')).cpu).toEqual({ cores: 5 });
  const operations = [
    { op: 'test', path: '/spec/cpu/cores', value: 5 },
    { op: 'add', path: '/spec/disks', value: [{ name: 'a' }] },
  ];
  await kubectl.ok(['patch', 'mc', 'patched', '--type=json', '-p', JSON.stringify(operations)]);
  expect((await specOf('patched')).disks).toEqual([{ name: 'a', bus: 'virtio' }]);
  const strategic = await kubectl.run(['patch', 'mc', 'patched', '--type=strategic', '-p', '{"spec":{}}']);
  expect(strategic.stderr).toContain('application/strategic-merge-patch+json is not supported by test.vmctl.dev/v1');
  await kubectl.ok(['create', 'serviceaccount', 'robot']);
  await kubectl.ok(['patch', 'serviceaccount', 'robot', '--type=strategic', '-p', '{"secrets":[{"name":"a"}]}']);
  await kubectl.ok(['patch', 'serviceaccount', 'robot', '--type=strategic', '-p', '{"secrets":[{"name":"b"}]}']);
  const { secrets } = JSON.parse(await kubectl.ok(['get', 'sa', 'robot', '-o', 'json']));
  expect(secrets.map((s: { name: string }) => s.name).sort()).toEqual(['a', 'b']);
});

testSinceKubectl(29)('a JSON patch whose test fails changes nothing', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('tested'));
  const operations =
    '[{"op":"replace","path":"/spec/cpu/cores","value":9},{"op":"test","path":"/spec/cpu/cores","value":1}]';
  const { code, stderr } = await kubectl.run(['patch', 'mc', 'tested', '--type=json', '-p', operations]);
  expect(code).toBe(1);
  expect(stderr).toContain('the server rejected our request due to an error in our request');
  expect((await specOf('tested')).cpu.cores).toBe(1);
});

testSinceKubectl(29)('label and annotate set, refuse to overwrite, and remove', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('marked'));
  expect(await kubectl.ok(['label', 'mc', 'marked', 'tier=gold'])).toContain('labeled');
  expect((await kubectl.run(['label', 'mc', 'marked', 'tier=silver'])).code).toBe(1);
  expect(await kubectl.ok(['annotate', 'mc', 'marked', 'note=kept'])).toContain('annotated');
  expect(await kubectl.ok(['label', 'mc', 'marked', 'tier-'])).toContain('unlabeled');
  const { metadata } = JSON.parse(await kubectl.ok(['get', 'mc', 'marked', '-o', 'json']));
  expect(metadata).toMatchObject({ annotations: { note: 'kept' } });
  expect(metadata.labels).toBeUndefined();
});

test('create refuses what exists, replace what is stale', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('stale'));
  const read = await kubectl.ok(['get', 'mc', 'stale', '-o', 'json']);
  expect((await kubectl.run(['create', '-f', '-'], machine('stale'))).stderr).toContain(
    'Error from server (AlreadyExists): error when creating "STDIN": machines.test.vmctl.dev "stale" already exists',
  );
  await kubectl.ok(['label', 'mc', 'stale', 'changed=yes']);
  const { code, stderr } = await kubectl.run(['replace', '-f', '-'], read);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on machines.test.vmctl.dev "stale": the object has been modified; please apply your changes to the latest version and try again',
  );
});

test('an invalid object is refused with the path of each field', async () => {
  const wrong = machine('wrong', { cpu: { cores: 0 }, powerState: 'Broken' });
  const { code, stderr } = await kubectl.run(['create', '-f', '-'], wrong);
  expect(code).toBe(1);
  expect(stderr).toContain('The Machine "wrong" is invalid');
  expect(stderr).toContain(
    'spec.cpu.cores: Invalid value: 0: spec.cpu.cores in body should be greater than or equal to 1',
  );
  expect(stderr).toContain(
    'spec.powerState: Unsupported value: "Broken": supported values: "Running", "Stopped", "Paused"',
  );
});

test('a transition rule refuses a change with its own message', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('placed', { nodeName: 'a' }));
  const { stderr } = await kubectl.run(['patch', 'mc', 'placed', '--type=merge', '-p', '{"spec":{"nodeName":"b"}}']);
  expect(stderr).toContain('nodeName is immutable once set');
});

testSinceKubectl(29)('an unknown field is an error, a warning or nothing, as asked', async () => {
  const odd = machine('odd', { cpu: { cores: 1, colour: 'red' } });
  expect((await kubectl.run(['create', '-f', '-'], odd)).stderr).toContain(
    'Error from server (BadRequest): error when creating "STDIN": Machine in version "v1" cannot be handled as a Machine: strict decoding error: unknown field "spec.cpu.colour"',
  );
  const warned = await kubectl.run(['create', '--validate=warn', '-f', '-'], odd);
  expect(warned).toMatchObject({ code: 0 });
  expect(warned.stderr).toContain('Warning: unknown field "spec.cpu.colour"');
  expect((await specOf('odd')).cpu).toEqual({ cores: 1 });
  const ignored = await kubectl.run(['apply', '--validate=ignore', '-f', '-'], odd);
  expect(ignored.code).toBe(0);
  expect(ignored.stderr).not.toContain('unknown field');
});

test('delete waits for finalizers; wait sees the end', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('held', {}, { finalizers: ['test.vmctl.dev/hold'] }));
  const impatient = await kubectl.run(['delete', 'mc', 'held', '--timeout=1s']);
  expect(impatient).toMatchObject({ code: 1, stdout: expect.stringContaining('"held" deleted') });
  expect(JSON.parse(await kubectl.ok(['get', 'mc', 'held', '-o', 'json'])).metadata.deletionTimestamp).toBeTruthy();
  const waiting = kubectl.ok(['wait', '--for=delete', 'mc/held', '--timeout=60s']);
  await kubectl.ok(['patch', 'mc', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  await waiting;
  expect((await kubectl.run(['get', 'mc', 'held'])).stderr).toContain('NotFound');
});

testSinceKubectl(29)('wait sees a condition and a field of the status come true', async () => {
  await kubectl.ok(['create', '-f', '-'], machine('awaited'));
  const waits = [
    kubectl.ok(['wait', '--for=condition=Ready', 'mc/awaited', '--timeout=60s']),
    kubectl.ok(['wait', '--for=jsonpath={.status.state}=Running', 'mc/awaited', '--timeout=60s']),
  ];
  const status = JSON.stringify({ status: { state: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } });
  await kubectl.ok(['patch', 'mc', 'awaited', '--subresource=status', '--type=merge', '-p', status]);
  expect((await Promise.all(waits)).join('')).toMatch(/(machine.test.vmctl.dev\/awaited condition met\n){2}/);
});

testSinceKubectl(29)('kubectl makes built-in objects, which it sends as protobuf', async () => {
  await kubectl.ok(['create', 'secret', 'generic', 'keys', '--from-literal=user=root']);
  await kubectl.ok(['create', 'configmap', 'settings', '--from-literal=a=b']);
  expect(await kubectl.ok(['get', 'secret', 'keys', '-o', 'jsonpath={.data.user} {.type}'])).toBe('cm9vdA== Opaque');
  expect(await kubectl.ok(['get', 'cm', 'settings', '-o', 'jsonpath={.data.a}'])).toBe('b');
  expect(await kubectl.ok(['auth', 'can-i', 'create', 'machines.test.vmctl.dev'])).toContain('yes');
  expect(await kubectl.ok(['auth', 'whoami'])).toContain('kubernetes-admin');
});
