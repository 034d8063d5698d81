import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { core } from '../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { writerDisk } from '../fixtures/guests/writer.ts';
import { booted, lastWritten, numbers, writtenBeyond } from './guest.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';

const PASSPHRASE = 'correct horse battery staple';
let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('writer', writerDisk());
  await executor.create('VirtualMachine', 'source', smallMachine('writer'));
  await secret('key', { passphrase: PASSPHRASE });
});

afterAll(async () => {
  await executor?.[Symbol.asyncDispose]();
});

async function secret(name: string, stringData: object): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'default' }, stringData };
  await executor.client.create(core('secrets'), object as unknown as KubeObject);
}

/** To make a key takes seconds, and longer on a busy host. */
const LIMIT_MS = 180_000;

const ready = (name: string, limitMs = LIMIT_MS): Promise<VirtualMachineDisk> =>
  executor.eventually('VirtualMachineDisk', name, (disk) => disk?.status?.phase === 'Ready', limitMs);

const reason = (disk: VirtualMachineDisk | undefined) =>
  disk?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

/** Boots a machine from a disk. @returns the number that its guest found as the last one written */
async function bootFrom(name: string, disk: string): Promise<number> {
  const spec = smallMachine('unused', { disks: [{ name: 'root', disk: { name: disk } }] });
  await executor.create('VirtualMachine', name, spec);
  const [found = 0] = await booted(executor, name, 1);
  await writtenBeyond(executor, name, found);
  return found;
}

test.each(['qcow2', 'raw'])('a disk of a running machine is copied as it is at one moment, to %s', async (format) => {
  const name = `copy-${format}`;
  const before = await writtenBeyond(executor, 'source', 3);
  await executor.create('VirtualMachineDisk', name, { format, source: { disk: { name: 'source-root' } } });
  await ready(name);
  const after = await writtenBeyond(executor, 'source', await lastWritten(executor, 'source'));
  const found = await bootFrom(name, name);
  expect(found).toBeGreaterThanOrEqual(before);
  expect(found).toBeLessThanOrEqual(after);
  expect(await executor.serial('source')).not.toMatch(/^E /m);
  await executor.kubectl('delete', 'vm', name, '--wait');
});

test('a disk is a full copy of its image where that is asked for', async () => {
  const clusterSize = '1Mi';
  await executor.create('VirtualMachineDisk', 'whole', {
    clusterSize,
    source: { image: { name: 'writer', copy: true } },
  });
  const { path = '', backingChain } = (await ready('whole')).status ?? {};
  expect(backingChain).toBeUndefined();
  const info = JSON.parse(execFileSync('qemu-img', ['info', '--output=json', path], { encoding: 'utf8' }));
  expect([info['cluster-size'], info['backing-filename']]).toEqual([1024 ** 2, undefined]);
  execFileSync('qemu-img', ['compare', '-q', '-f', 'qcow2', '-F', 'raw', path, join(executor.importFolder, 'writer')]);
});

test.each([
  ['qcow2', 'Metadata', 0],
  ['qcow2', 'Falloc', 8],
  ['raw', 'Full', 8],
])('a %s disk takes its space at once: %s', async (format, preallocation, mebibytes) => {
  const name = `taken-${format}-${preallocation.toLowerCase()}`;
  await executor.create('VirtualMachineDisk', name, { size: '8Mi', format, preallocation });
  const { path = '' } = (await ready(name)).status ?? {};
  expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(mebibytes * 1024 ** 2);
  if (preallocation === 'Metadata') {
    const map = JSON.parse(
      execFileSync('qemu-img', ['map', '--output=json', '-f', 'qcow2', path], { encoding: 'utf8' }),
    );
    expect(map.every(({ offset }: { offset?: number }) => offset !== undefined)).toBe(true);
  }
});

test('a copy whose executor is killed is made afresh, and leaves nothing in the qemu that made it', async () => {
  await writtenBeyond(executor, 'source', 3);
  for (const name of ['killed-1', 'killed-2']) {
    await executor.create('VirtualMachineDisk', name, { source: { disk: { name: 'source-root' } } });
    await executor.stop('SIGKILL');
    await executor.start();
  }
  await ready('killed-1');
  const copy = await ready('killed-2');
  execFileSync('qemu-img', ['check', '-q', '-f', 'qcow2', copy.status?.path ?? '']);
  const parts = execFileSync('find', [join(executor.home, 'pool'), '-name', '.*.part*'], { encoding: 'utf8' });
  expect(parts).toBe('');
  await bootFrom('killed', 'killed-2');
  await executor.kubectl('delete', 'vm', 'killed', '--wait');
});

test('an encrypted disk runs, is copied live, grows, and its passphrase is nowhere but in the Secret', async () => {
  const encryption = { secretRef: { name: 'key' } };
  await executor.create('VirtualMachine', 'locked', {
    ...smallMachine('writer'),
    disks: [{ name: 'root', image: { name: 'writer', encryption } }],
  });
  await ready('locked-root');
  await executor.eventually('VirtualMachine', 'locked', (vm) => vm?.status?.powerState === 'Running', LIMIT_MS);
  const written = await writtenBeyond(executor, 'locked', 3);
  const disk = await ready('locked-root');
  const { path = '' } = disk.status ?? {};
  const info = JSON.parse(execFileSync('qemu-img', ['info', '-U', '--output=json', path], { encoding: 'utf8' }));
  expect(info).toMatchObject({ encrypted: true, 'format-specific': { data: { encrypt: { format: 'luks' } } } });
  const { pid = 0 } = (await executor.eventually('VirtualMachine', 'locked', (vm) => vm?.status?.pid)).status ?? {};
  const seen = [
    readFileSync(`/proc/${pid}/cmdline`, 'latin1'),
    filesWith(PASSPHRASE, 'machines', 'pool'),
    await executor.kubectl('get', 'vms,events', '-o', 'yaml'),
    executor.log(),
  ];
  for (const text of seen) expect(text).not.toContain(PASSPHRASE);
  expect(seen[1]).toBe('');
  await executor.create('VirtualMachineDisk', 'unlocked', { source: { disk: { name: 'locked-root' } } });
  const raw = { format: 'raw', encryption, source: { disk: { name: 'locked-root' } } };
  await executor.create('VirtualMachineDisk', 'locked-raw', raw);
  await Promise.all([ready('unlocked'), ready('locked-raw')]);
  await executor.patch('VirtualMachineDisk', 'locked-root', { spec: { size: '8Mi' } });
  await executor.eventually('VirtualMachineDisk', 'locked-root', (now) => now?.status?.virtualSize === '8Mi');
  await executor.patch('VirtualMachine', 'locked', { spec: { requests: { restart: '1' } } });
  await executor.eventually('VirtualMachine', 'locked', (vm) => vm?.status?.requests?.restart === '1', LIMIT_MS);
  expect((await booted(executor, 'locked', 2))[1]).toBeGreaterThanOrEqual(written);
  await executor.patch('VirtualMachine', 'locked', { spec: { powerState: 'Stopped' } });
  await executor.eventually('VirtualMachine', 'locked', (vm) => vm?.status?.powerState === 'Stopped');
  await executor.create('VirtualMachineSnapshot', 'locked-off', { virtualMachine: { name: 'locked' } });
  await executor.eventually('VirtualMachineSnapshot', 'locked-off', (snapshot) => snapshot?.status?.ready, LIMIT_MS);
  await executor.kubectl('delete', 'vmsn', 'locked-off', '--wait');
  expect(await bootFrom('plain', 'unlocked')).toBeGreaterThanOrEqual(written);
  await executor.patch('VirtualMachineDisk', 'locked-raw', { spec: { size: '8Mi' } });
  await executor.eventually('VirtualMachineDisk', 'locked-raw', (now) => now?.status?.virtualSize === '8Mi', LIMIT_MS);
  await executor.kubectl('delete', 'vm', 'plain', 'locked', '--wait');
}, 400_000);

/** Names of files below folders of the executor that hold a text. */
const filesWith = (text: string, ...folders: readonly string[]): string =>
  spawnSync('grep', ['-rlF', '-D', 'skip', text, ...folders.map((folder) => join(executor.home, folder))], {
    encoding: 'utf8',
  }).stdout;

test('a Secret that is not there is asked for, and the disk is made once it is', async () => {
  const encryption = { secretRef: { name: 'later', key: 'word' } };
  await executor.create('VirtualMachineDisk', 'early', { size: '1Mi', encryption });
  const waiting = await executor.eventually('VirtualMachineDisk', 'early', (disk) => reason(disk) === 'SecretNotFound');
  expect(waiting.status?.conditions?.[0]?.message).toContain(
    'the Secret later is not there: create it with the key word',
  );
  await secret('later', { word: 'x' });
  await ready('early');
}, 200_000);

test('a snapshot of a running machine is copied while it runs', async () => {
  await writtenBeyond(executor, 'source', 3);
  await executor.create('VirtualMachineSnapshot', 'moment', { virtualMachine: { name: 'source' } });
  await executor.eventually('VirtualMachineSnapshot', 'moment', (snapshot) => snapshot?.status?.ready);
  const at = await lastWritten(executor, 'source');
  await writtenBeyond(executor, 'source', at + 3);
  const source = { snapshot: { name: 'moment', disk: 'root' } };
  await executor.create('VirtualMachineDisk', 'from-moment', { source });
  await ready('from-moment');
  expect(await bootFrom('past', 'from-moment')).toBeLessThanOrEqual(at + 1);
  expect((await numbers(executor, 'source', 'R')).length).toBe(1);
  await executor.kubectl('delete', 'vm', 'past', '--wait');
});

/** What a file holds. */
const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

test('a raw disk whose guest wrote a qcow2 header stays raw, whatever is done with it', async () => {
  await executor.create('VirtualMachineDisk', 'hostile', { size: '1Mi', format: 'raw' });
  const { path = '' } = (await ready('hostile')).status ?? {};
  const header = join(executor.importFolder, 'header.qcow2');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw', header, '64M']);
  execFileSync('dd', [`if=${header}`, `of=${path}`, 'conv=notrunc', 'status=none']);
  const content = readFileSync(path);
  await executor.create('VirtualMachineDisk', 'hostile-qcow2', { source: { disk: { name: 'hostile' } } });
  await executor.create('VirtualMachineDisk', 'hostile-raw', { format: 'raw', source: { disk: { name: 'hostile' } } });
  const [qcow2, raw] = await Promise.all([ready('hostile-qcow2'), ready('hostile-raw')]);
  expect([qcow2.status?.virtualSize, raw.status?.virtualSize]).toEqual(['1Mi', '1Mi']);
  expect(digest(raw.status?.path ?? '')).toBe(digest(path));
  execFileSync('qemu-img', ['compare', '-q', '-f', 'qcow2', '-F', 'raw', qcow2.status?.path ?? '', path]);
  await executor.patch('VirtualMachineDisk', 'hostile', { spec: { size: '2Mi' } });
  await executor.eventually('VirtualMachineDisk', 'hostile', (now) => now?.status?.virtualSize === '2Mi');
  expect(readFileSync(path).subarray(0, content.length).equals(content)).toBe(true);
});
