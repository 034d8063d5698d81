import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { writerDisk } from '../fixtures/guests/writer.ts';
import { lastWritten, writtenBeyond } from './guest.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';
import { smallDisk } from './tmpfs.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('writer', writerDisk());
});

afterAll(async () => {
  await executor[Symbol.asyncDispose]();
});

type Conditions = {
  status?: { conditions?: { type: string; reason: string; message: string; status: string }[] | undefined };
};

const ready = (object: Conditions | undefined) => object?.status?.conditions?.find(({ type }) => type === 'Ready');
const because = (reason: string) => (object: Conditions | undefined) => ready(object)?.reason === reason;
const pool = () => join(executor.home, 'pool');
const info = (path: string) =>
  JSON.parse(execFileSync('qemu-img', ['info', '-U', '--output=json', path], { encoding: 'utf8' }));

test('a disk from an image is a qcow2 overlay on the cached base, which stays as it is while the guest writes', async () => {
  await executor.create('VirtualMachine', 'overlay', smallMachine('writer'));
  await writtenBeyond(executor, 'overlay', 3);
  const disk = await executor.eventually(
    'VirtualMachineDisk',
    'overlay-root',
    (now) => because('Ready')(now) && now?.status?.usedBy,
  );
  const base = join(pool(), 'images/default/writer.raw');
  expect(disk.status).toMatchObject({ backingChain: [base], usedBy: 'overlay', phase: 'Ready' });
  expect(info(disk.status?.path ?? '')).toMatchObject({
    format: 'qcow2',
    'backing-filename': base,
    'backing-filename-format': 'raw',
  });
  execFileSync('cmp', [base, join(executor.importFolder, 'writer')]);
  await executor.kubectl('delete', 'vm', 'overlay', '--wait');
  await executor.eventually('VirtualMachineDisk', 'overlay-root', (gone) => gone === undefined);
  expect(existsSync(disk.status?.path ?? '')).toBe(false);
});

test('a pool whose folder is not there says so to kubectl, and works once it is', async () => {
  const path = join(executor.home, 'later', 'pool');
  await executor.create('VirtualMachineStoragePool', 'later', { dir: { path } });
  await executor.create('VirtualMachineDisk', 'waiting', { size: '1Mi', pool: 'later' });
  await executor.eventually('VirtualMachineDisk', 'waiting', because('PoolNotReady'));
  const wide = await executor.kubectl('get', 'vmp', 'later', '-o', 'wide');
  expect(wide).toContain(`the folder ${join(executor.home, 'later')} is not there: make it`);
  mkdirSync(join(executor.home, 'later'));
  await executor.kubectl('annotate', 'vmp', 'later', 'look=again');
  await executor.kubectl('wait', '--for=condition=Ready', '--timeout=90s', 'vmd/waiting');
});

test('a pool that is not writable says so, and works once it is', async () => {
  using disk = smallDisk(4);
  if (!disk) return;
  disk.remount('ro');
  await executor.create('VirtualMachineStoragePool', 'readonly', { dir: { path: disk.path } });
  const broken = await executor.eventually('VirtualMachineStoragePool', 'readonly', because('PathNotWritable'));
  expect(ready(broken)?.message).toContain(`${disk.path} is not writable`);
  disk.remount('rw');
  await executor.kubectl('annotate', 'vmp', 'readonly', 'look=again');
  await executor.eventually('VirtualMachineStoragePool', 'readonly', because('Ready'));
  await executor.kubectl('delete', 'vmp', 'readonly', '--wait');
});

test('a disk in use is not deleted: the condition names the machine, and it goes when it is free', async () => {
  await executor.create('VirtualMachineDisk', 'held', { size: '1Mi' });
  await executor.eventually('VirtualMachineDisk', 'held', because('Ready'));
  await executor.create(
    'VirtualMachine',
    'holder',
    smallMachine('writer', {
      disks: [
        { name: 'root', image: { name: 'writer' } },
        { name: 'data', disk: { name: 'held' } },
      ],
    }),
  );
  await writtenBeyond(executor, 'holder', 1);
  await executor.kubectl('delete', 'vmd', 'held', '--wait=false');
  const held = await executor.eventually('VirtualMachineDisk', 'held', because('InUse'));
  expect(ready(held)?.message).toContain('the machine holder has the disk');
  await writtenBeyond(executor, 'holder', await lastWritten(executor, 'holder'));
  await executor.kubectl('delete', 'vm', 'holder', '--wait');
  await executor.eventually('VirtualMachineDisk', 'held', (gone) => gone === undefined);
  expect(existsSync(held.status?.path ?? '')).toBe(false);
});

test('a disk grows under a running guest, and while its machine is off', async () => {
  await executor.create('VirtualMachine', 'grown', smallMachine('writer'));
  await writtenBeyond(executor, 'grown', 1);
  const { metadata } = await executor.eventually(
    'VirtualMachine',
    'grown',
    (vm) => vm?.status?.powerState === 'Running',
  );
  await executor.patch('VirtualMachineDisk', 'grown-root', { spec: { size: '8Mi' } });
  const disk = await executor.eventually(
    'VirtualMachineDisk',
    'grown-root',
    (now) => now?.status?.virtualSize === '8Mi',
  );
  expect(info(disk.status?.path ?? '')['virtual-size']).toBe(8 * 1024 ** 2);
  await writtenBeyond(executor, 'grown', await lastWritten(executor, 'grown'));
  await executor.patch('VirtualMachine', 'grown', { spec: { powerState: 'Stopped' } });
  await executor.eventually('VirtualMachine', 'grown', (vm) => vm?.status?.powerState === 'Stopped');
  await executor.patch('VirtualMachineDisk', 'grown-root', { spec: { size: '16Mi' } });
  await executor.eventually('VirtualMachineDisk', 'grown-root', (now) => now?.status?.virtualSize === '16Mi');
  await expect(executor.patch('VirtualMachineDisk', 'grown-root', { spec: { size: '4Mi' } })).rejects.toThrow(
    'never shrink',
  );
  expect(metadata.uid).toBeDefined();
});

test('a disk that is full pauses the machine with a condition, and the machine goes on when there is room', async () => {
  const disk = smallDisk(16);
  if (!disk) return;
  onTestFinished(() => disk[Symbol.dispose]());
  await executor.create('VirtualMachineStoragePool', 'small', { dir: { path: disk.path } });
  await executor.create(
    'VirtualMachine',
    'full',
    smallMachine('writer', { disks: [{ name: 'root', image: { name: 'writer', pool: 'small' } }] }),
  );
  await writtenBeyond(executor, 'full', 1);
  await disk.fill();
  // What is said of a disk that is still being made names full-root.
  await executor.eventually(
    'VirtualMachine',
    'full',
    (vm) =>
      vm?.status?.powerState === 'Paused' &&
      vm.status.conditions?.some(({ message }) => /full|space|room/i.test(message)),
  );
  const last = await lastWritten(executor, 'full');
  disk.free();
  await executor.eventually('VirtualMachine', 'full', (vm) => vm?.status?.powerState === 'Running');
  await writtenBeyond(executor, 'full', last);
  expect(await executor.serial('full')).not.toMatch(/^E /m);
  await executor.kubectl('delete', 'vm', 'full', '--wait');
}, 240_000);

test('a disk that does not fit is told, and made when there is room', async () => {
  const disk = smallDisk(16);
  if (!disk) return;
  onTestFinished(() => disk[Symbol.dispose]());
  await executor.create('VirtualMachineStoragePool', 'tight', { dir: { path: disk.path } });
  await executor.create('VirtualMachineDisk', 'large', {
    size: '64Mi',
    format: 'raw',
    preallocation: 'Full',
    pool: 'tight',
  });
  const refused = await executor.eventually('VirtualMachineDisk', 'large', because('NoSpace'));
  expect(ready(refused)?.message).toContain('64 MiB are needed');
  execFileSync('mount', ['-o', 'remount,size=96m', disk.path]);
  await executor.eventually('VirtualMachineDisk', 'large', because('Ready'));
  await executor.kubectl('delete', 'vmd', 'large', '--wait');
});

test('an executor killed while it makes disks makes every one of them whole', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `many-${index}`);
  const path = join(executor.importFolder, 'big');
  const content = Buffer.alloc(8 * 1024 ** 2, 'content');
  writeFileSync(path, content);
  await executor.create('VirtualMachineImage', 'big', { source: { file: { path } }, format: 'raw' });
  await executor.eventually('VirtualMachineImage', 'big', because('Ready'));
  for (const [index, name] of names.entries()) {
    const format = index % 2 ? 'raw' : 'qcow2';
    await executor.create('VirtualMachineDisk', name, { format, source: { image: { name: 'big' } } });
    if (index % 4 !== 3) continue;
    await executor.stop('SIGKILL');
    await executor.start();
  }
  for (const [index, name] of names.entries()) {
    const disk = await executor.eventually('VirtualMachineDisk', name, because('Ready'));
    const format = index % 2 ? 'raw' : 'qcow2';
    execFileSync('qemu-img', ['compare', '-f', format, '-F', 'raw', disk.status?.path ?? '', path]);
  }
  const parts = execFileSync('find', [pool(), '-name', '.*.part*'], { encoding: 'utf8' });
  expect(parts).toBe('');
}, 240_000);
