import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Document, parseAllDocuments } from 'yaml';
import { linuxGuest } from '../fixtures/guests/linux.ts';
import { run, VMCTL } from './cli-home.ts';
import { condition, startExecutor, type TestExecutor } from './harness.ts';

const EXAMPLES = join(import.meta.dirname, '../../yamls/examples');

let executor: TestExecutor;
let folder: string;

/** The examples with what they take from the host below the home of this test: no folder and no file of the host is touched. */
beforeAll(async () => {
  executor = await startExecutor();
  folder = join(executor.home, 'examples');
  await mkdir(folder);
  for (const name of await readdir(EXAMPLES)) {
    const text = await readFile(join(EXAMPLES, name), 'utf8');
    const documents = parseAllDocuments(text.replaceAll('/var/lib/', `${executor.importFolder}/var-`));
    for (const document of documents) if (document.get('kind') === 'VirtualMachine') bind(document);
    await writeFile(join(folder, name), documents.map(String).join('---\n'));
  }
  const { kernel, initrd } = await linuxGuest();
  for (const [name, path] of Object.entries({ 'demo-kernel': kernel, 'demo-initrd': initrd })) {
    await copyFile(path, join(executor.importFolder, name));
    const file = { path: join(executor.importFolder, name) };
    await executor.create('VirtualMachineImage', name, { source: { file }, format: 'raw' });
  }
});

/** On a cluster, a machine that stays off is on no node until it is to run. */
function bind(document: Document): void {
  for (const [field, value] of Object.entries(executor.bound)) document.setIn(['spec', field], value);
}

afterAll(() => executor?.[Symbol.asyncDispose]());

const apply = (name: string) => executor.kubectl('apply', '-f', join(folder, `${name}.yaml`));
const machine = (name: string, holds: (found: Parameters<typeof condition>[0]) => unknown) =>
  executor.eventually('VirtualMachine', name, (found) => found && holds(found), 120_000);

test('demo boots its kernel to a shell, with its interface in the status', async () => {
  await apply('demo');
  const demo = await machine('demo', (found) => condition(found, 'Ready')?.status === 'True');
  expect(demo.status?.powerState).toBe('Running');
  await executor.says('demo', 'vmctl-guest ready', 120_000);
  expect((await machine('demo', () => true)).status?.interfaces?.[0]).toMatchObject({ name: 'eth0' });
});

test('headless is made and stays off, and runs once it is asked to', async () => {
  await apply('headless');
  const off = await machine('headless', (found) => condition(found, 'Ready')?.status === 'True');
  expect(off.status?.powerState).toBe('Stopped');
  expect(condition(off, 'RestartRequired')).toMatchObject({ status: 'False', reason: 'NotRunning' });
  await executor.patch('VirtualMachine', 'headless', { spec: { powerState: 'Running' } });
  const on = await machine('headless', ({ status }) => status?.powerState === 'Running');
  expect(condition(on, 'SpecSupported')?.status).toBe('True');
});

test('the disk, the network and the pool are ready', async () => {
  for (const kind of ['disk', 'network', 'storagepool']) await apply(`virtualmachine${kind}`);
  const disk = await executor.eventually('VirtualMachineDisk', 'data', (found) => found?.status?.phase === 'Ready');
  expect(disk.status?.virtualSize).toBe('1Gi');
  for (const object of ['vmn/private', 'vmp/fast']) {
    await executor.kubectl('wait', '--for=condition=Ready', object, '--timeout=60s');
  }
});

test('backup makes the first backup at once, and knows when the next is due', async () => {
  await apply('backup');
  const first = await executor.eventually('VirtualMachineSnapshot', 'ledger-first', (found) => found?.status?.ready);
  expect(first.status?.backup).toMatchObject({ type: 'Full' });
  const ledger = await machine('ledger', ({ status }) => status?.snapshotSchedule?.nextTime);
  expect(ledger.status?.snapshotSchedule?.message).toBeUndefined();
});

test('a machine whose image is still downloaded, or cannot be, waits and names it; so does its snapshot', async () => {
  await apply('virtualmachine');
  const web = await machine('web', (found) => condition(found, 'DisksReady')?.message.includes('debian-12'));
  expect(condition(web, 'Ready')?.status).toBe('False');
  await apply('virtualmachinesnapshot');
  const snapshot = await executor.eventually(
    'VirtualMachineSnapshot',
    'web-before-upgrade',
    (found) => found?.status?.phase,
  );
  expect(snapshot.status?.phase).toBe('Pending');
});

test('an installer that is not there yet is named by its path', async () => {
  await apply('install-from-cdrom');
  const installer = await executor.eventually('VirtualMachineImage', 'installer', (found) =>
    found?.status?.conditions?.some(({ reason }) => reason === 'FileNotFound'),
  );
  expect(JSON.stringify(installer.status?.conditions)).toContain('installer.iso');
  const fresh = await machine('fresh', (found) => condition(found, 'DisksReady')?.message.includes('installer'));
  expect(fresh.status?.powerState).toBe('Stopped');
});

test('cloud-init has its Secret, and shows what the guest will find', async () => {
  await apply('cloud-init');
  const app = await machine('app', (found) => condition(found, 'DisksReady')?.message.includes('debian-12'));
  expect(condition(app, 'DisksReady')?.message).not.toContain('Secret');
  const { code, stdout } = await run(VMCTL, ['cloudinit', 'show', 'app', '--reveal'], { env: executor.env });
  expect(code).toBe(0);
  for (const words of [
    'packages: [nginx]',
    'change-me-at-once',
    '"name": "ada"',
    'ada@example',
    'match: {name: "e*"}',
  ]) {
    expect(stdout).toContain(words);
  }
});

test('the encrypted disk is made', async () => {
  await apply('encrypted-disk');
  await executor.eventually('VirtualMachineDisk', 'vault-root', (found) => found?.status?.phase === 'Ready', 120_000);
  const vault = await machine('vault', (found) => condition(found, 'Ready')?.status === 'True');
  expect(condition(vault, 'SpecSupported')?.status).toBe('True');
});
