import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor, testSinceKubectl } from './fixtures/kubectl.ts';
import { machine, machines, mergePatch, type TestServer, testServer } from './fixtures/server.ts';

let server: TestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await testServer();
  kubectl = kubectlFor(server.dir);
  for (let i = 0; i < 7; i++) {
    const labels = { odd: String(i % 2 === 1), size: i < 3 ? 'small' : 'large', ...(i === 0 && { first: '' }) };
    await server.ask('POST', machines, machine(`m${i}`, { nodeName: `n${i % 2}`, cpu: { cores: i + 1 } }, { labels }));
  }
  const status = { state: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  await server.ask('PATCH', `${machines}/m0/status`, { status }, mergePatch);
});
afterAll(() => server[Symbol.asyncDispose]());

const names = async (...args: string[]) =>
  (await kubectl.ok(['get', 'mc', '-o', 'name', ...args]))
    .trim()
    .split('\n')
    .map((name) => name.split('/m')[1])
    .join('');

const words = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));

test('a table has the columns of the kind; wide has them all', async () => {
  const [head, row] = words(await kubectl.ok(['get', 'mc', 'm0']));
  expect(head).toEqual(['NAME', 'STATE', 'READY', 'AGE']);
  expect(row?.slice(0, 3)).toEqual(['m0', 'Running', 'True']);
  expect(row?.[3]).toMatch(/^\d+(s|m\d*s?)$/);
  const [wide, full] = words(await kubectl.ok(['get', 'mc', 'm0', '-o', 'wide']));
  expect(wide).toEqual(['NAME', 'STATE', 'READY', 'NODE', 'CORES', 'AGE']);
  expect(full?.slice(0, 5)).toEqual(['m0', 'Running', 'True', 'n0', '1']);
});

test('yaml and jsonpath give the object', async () => {
  const yaml = await kubectl.ok(['get', 'mc', 'm1', '-o', 'yaml']);
  expect(yaml).toContain('apiVersion: test.vmctl.dev/v1\nkind: Machine\n');
  expect(yaml).toContain('  powerState: Stopped\n');
  expect(await kubectl.ok(['get', 'mc', 'm1', '-o', 'jsonpath={.spec.cpu.cores}'])).toBe('2');
  const all = await kubectl.ok(['get', 'mc', '-o', 'jsonpath={.items[*].spec.cpu.cores}']);
  expect(all).toBe('1 2 3 4 5 6 7');
});

test('field selectors: name, namespace, and the fields that the kind declares', async () => {
  expect(await names('--field-selector', 'metadata.name=m3')).toBe('3');
  expect(await names('--field-selector', 'spec.nodeName=n1')).toBe('135');
  expect(await names('--field-selector', 'spec.nodeName!=n1,metadata.name!=m0')).toBe('246');
  expect(await names('-A', '--field-selector', 'metadata.namespace=default')).toBe('0123456');
  const { code, stderr } = await kubectl.run(['get', 'mc', '--field-selector', 'spec.cpu.cores=1']);
  expect(code).toBe(1);
  expect(stderr).toContain('field label not supported: spec.cpu.cores');
});

test('label selectors: every operator', async () => {
  const cases: Record<string, string> = {
    'odd=true': '135',
    'odd==false': '0246',
    'odd!=true': '0246',
    'size in (small, medium)': '012',
    'size notin (small)': '3456',
    first: '0',
    '!first': '123456',
    'odd=true,size=large': '35',
    'first=': '0',
  };
  for (const [selector, expected] of Object.entries(cases))
    expect(await names('-l', selector), selector).toBe(expected);
});

test('chunks make one whole', async () => {
  expect(await names('--chunk-size=2')).toBe('0123456');
  const verbose = await kubectl.run(['get', 'mc', '--chunk-size=3', '-v=6']);
  expect(verbose.stderr.match(/machines\?(continue=|limit=)\S*/g)).toHaveLength(3);
});

test('get -w follows changes', async () => {
  const child = kubectl.start([
    'get',
    'mc',
    '-w',
    '--output-watch-events',
    '--no-headers',
    '--field-selector',
    'metadata.name=live',
  ]);
  let text = '';
  const ended = once(child, 'close');
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const until = async (event: string) => {
    while (!text.includes(event)) await once(child.stdout, 'data');
  };
  await server.ask('POST', machines, machine('live'));
  await until('ADDED');
  await server.ask('PATCH', `${machines}/live`, { spec: { cpu: { cores: 2 } } }, mergePatch);
  await until('MODIFIED');
  await server.ask('DELETE', `${machines}/live`);
  await until('DELETED');
  child.kill();
  await ended;
  expect(text.match(/ADDED|MODIFIED|DELETED/g)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
});

test('describe shows the object and its events', async () => {
  const { uid } = (await server.ask('GET', `${machines}/m2`)).body.metadata;
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'm2.started', namespace: 'default' },
    involvedObject: { apiVersion: 'test.vmctl.dev/v1', kind: 'Machine', name: 'm2', namespace: 'default', uid },
    ...{ reason: 'Started', message: 'The machine runs.', type: 'Normal', count: 1 },
    ...{ source: { component: 'vm-executor' }, firstTimestamp: now, lastTimestamp: now },
  };
  await server.ask('POST', '/api/v1/namespaces/default/events', event);
  const text = await kubectl.ok(['describe', 'mc', 'm2']);
  expect(text).toMatch(/^Name:\s+m2$/m);
  expect(text).toMatch(/Normal\s+Started\s+\S+\s+vm-executor\s+The machine runs\.$/m);
  expect(await kubectl.ok(['describe', 'mc', 'm3'])).toMatch(/^Events:\s+<none>$/m);
  expect(await kubectl.ok(['get', 'events', '--field-selector', 'involvedObject.name=m2'])).toMatch(
    /Started\s+machine\/m2/,
  );
  expect(await kubectl.ok(['get', 'events.events.k8s.io'])).toMatch(/Started\s+machine\/m2\s+The machine runs\./);
});

testSinceKubectl(29)('explain prints what the schema says', async () => {
  const text = await kubectl.ok(['explain', 'machine.spec', '--recursive']);
  expect(text).toContain('What is wanted.');
  expect(text).toMatch(/cores\t<integer> -required-/);
  expect(text).toContain('enum: Running, Stopped, Paused');
  expect(await kubectl.ok(['explain', 'mc.spec.cpu.cores'])).toContain('How many cores.');
  expect(await kubectl.ok(['explain', 'namespace', '--recursive'])).toContain('metadata');
});

test('api-resources and api-versions list everything', async () => {
  const resources = words(await kubectl.ok(['api-resources']));
  expect(resources).toContainEqual(['machines', 'mc', 'test.vmctl.dev/v1', 'true', 'Machine']);
  expect(resources).toContainEqual(['namespaces', 'ns', 'v1', 'false', 'Namespace']);
  expect(await kubectl.ok(['get', 'vms', 'm0', '-o', 'name'])).toContain('machine.test.vmctl.dev/m0');
  const versions = (await kubectl.ok(['api-versions'])).trim().split('\n');
  expect(versions).toEqual(
    expect.arrayContaining(['v1', 'apiextensions.k8s.io/v1', 'coordination.k8s.io/v1', 'test.vmctl.dev/v1']),
  );
});
