import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import { serialDisk } from '../fixtures/guests/serial.ts';
import { condition, smallMachine, startExecutor, type TestExecutor } from './harness.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('guest', serialDisk({ everyTicks: 2 }));
});

afterAll(async () => {
  await executor?.[Symbol.asyncDispose]();
});

const ready = (disk: VirtualMachineDisk | undefined) => disk?.status?.conditions?.find(({ type }) => type === 'Ready');
const because = (reason: string) => (disk: VirtualMachineDisk | undefined) => ready(disk)?.reason === reason;
const isReady = (disk: VirtualMachineDisk | undefined) => disk?.status?.phase === 'Ready';

async function makeDisk(name: string, spec: object, where = executor): Promise<string> {
  await where.create('VirtualMachineDisk', name, spec);
  return (await where.eventually('VirtualMachineDisk', name, isReady)).status?.path ?? '';
}

/** A machine that boots the small guest and has one disk more. */
const machineWith = (disk: string, more: object = {}) =>
  smallMachine('guest', {
    disks: [
      { name: 'root', image: { name: 'guest' } },
      { name: 'data', disk: { name: disk }, ...more },
    ],
  });

const running = (where: TestExecutor, name: string) =>
  where.eventually('VirtualMachine', name, (vm) => vm?.status?.powerState === 'Running');

test('a second writer of another executor is refused with the name of the first, until that one stops', async () => {
  const other = await startExecutor();
  onTestFinished(() => other[Symbol.asyncDispose]());
  await other.image('guest', serialDisk({ everyTicks: 2 }));
  const path = join(executor.home, 'pool');
  await other.create('VirtualMachineStoragePool', 'shared', { dir: { path, shared: true } });
  const volume = await makeDisk('ours', { size: '1Mi' });
  await executor.create('VirtualMachine', 'first', machineWith('ours'));
  await running(executor, 'first');
  await other.create('VirtualMachineDisk', 'ours', { size: '1Mi', pool: 'shared' });
  const taken = await other.eventually('VirtualMachineDisk', 'ours', because('VolumeExists'));
  expect(ready(taken)?.message).toContain('it belongs to VirtualMachineDisk default/ours');
  // Somebody makes it the other's by hand: what is said of the writer is all that is left between the two.
  const sidecar = JSON.parse(readFileSync(`${volume}.json`, 'utf8'));
  writeFileSync(`${volume}.json`, JSON.stringify({ ...sidecar, uid: taken.metadata.uid }));
  await other.kubectl('annotate', 'vmd', 'ours', 'look=again');
  await other.eventually('VirtualMachineDisk', 'ours', isReady);
  await other.patch('VirtualMachineDisk', 'ours', { spec: { size: '2Mi' } });
  await other.eventually('VirtualMachineDisk', 'ours', because('DiskInUse'));
  await other.create('VirtualMachine', 'second', machineWith('ours'));
  const refused = await other.eventually(
    'VirtualMachine',
    'second',
    (vm) => vm && condition(vm, 'Ready')?.reason === 'DiskInUse',
  );
  expect(condition(refused, 'Ready')?.message).toContain('the machine default/first of the node');
  expect(refused.status?.powerState).toBe('Stopped');
  await executor.patch('VirtualMachine', 'first', { spec: { powerState: 'Stopped' } });
  await running(other, 'second');
  await executor.patch('VirtualMachine', 'first', { spec: { powerState: 'Running' } });
  await other.kubectl('delete', 'vm', 'second', '--wait');
  // The first machine may have it again by then.
  const records = readdirSync(join(path, 'disks/default')).filter((name) => /ours.*\.writer$/.test(name));
  const writers = records.map((name) => readFileSync(join(path, 'disks/default', name), 'utf8'));
  expect(writers.filter((text) => JSON.parse(text).machine.name === 'second')).toEqual([]);
  await executor.kubectl('delete', 'vm', 'first', '--wait');
  writeFileSync(`${volume}.json`, JSON.stringify(sidecar));
}, 240_000);

test('an executor that is killed while its machine runs still keeps others away, and lets go when it ends', async () => {
  const volume = await makeDisk('kept', { size: '1Mi' });
  const record = join(volume, `../.${volume.split('/').at(-1)}.writer`);
  await executor.create('VirtualMachine', 'keeper', machineWith('kept'));
  await running(executor, 'keeper');
  await executor.stop('SIGKILL');
  expect(JSON.parse(readFileSync(record, 'utf8')).machine.name).toBe('keeper');
  await executor.start();
  await running(executor, 'keeper');
  await executor.kubectl('delete', 'vm', 'keeper', '--wait');
  expect(existsSync(record)).toBe(false);
});

/** What somebody with write access to the pool puts in a volume's place. */
const EXCHANGES: readonly [string, string, (path: string) => void, string, RegExp][] = [
  [
    'a link to a file of the host',
    'link',
    (path) => symlinkSync('/etc/passwd', path),
    'NotAFile',
    /is a symbolic link/,
  ],
  ['a folder', 'folder', (path) => mkdirSync(path), 'NotAFile', /is no regular file/],
  ['a pipe', 'pipe', (path) => execFileSync('mkfifo', [path]), 'NotAFile', /is no regular file/],
  [
    'a file without a header',
    'empty',
    (path) => writeFileSync(path, 'x'),
    'VolumeUnreadable',
    /it has no qcow2 header/,
  ],
  [
    'an overlay on a file of the host',
    'passwd',
    (path) => overlay(path, '/etc/passwd', 'raw'),
    'VolumeUntrusted',
    /an overlay on "\/etc\/passwd"/,
  ],
  ['an overlay on itself', 'loop', (path) => loop(path), 'VolumeUntrusted', /says that it is an overlay on/],
  [
    'an overlay on a description',
    'json',
    (path) => overlay(path, 'json:{"driver":"nbd"}', 'raw'),
    'VolumeUntrusted',
    /json:/,
  ],
  ['the end of a chain of 200', 'deep', (path) => deep(path), 'VolumeUntrusted', /says that it is an overlay on/],
  [
    'a file whose data is elsewhere',
    'data',
    (path) => dataFile(path),
    'VolumeUntrusted',
    /has its data in another file/,
  ],
];

const overlay = (path: string, backing: string, format: string) =>
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', backing, '-F', format, path, '1M']);

/** qemu-img makes none itself. */
function loop(path: string): void {
  const other = path.replace('loop', 'pool');
  overlay(path, other, 'qcow2');
  const content = readFileSync(path);
  content.write(path, content.indexOf(other));
  writeFileSync(path, content);
}

function deep(path: string): void {
  const template = join(executor.importFolder, 'template.qcow2');
  const link = (index: number) => join(executor.importFolder, `${String(index).padStart(3, '0')}.qcow2`);
  overlay(template, link(0), 'qcow2');
  const bytes = readFileSync(template);
  for (let index = 1; index <= 200; index += 1) {
    const content = Buffer.from(bytes);
    content.write(link(index - 1), content.indexOf(link(0)));
    writeFileSync(index === 200 ? path : link(index), content);
  }
}

function dataFile(path: string): void {
  const data = join(executor.importFolder, 'data.raw');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', `data_file=${data},data_file_raw=on`, path, '1M']);
}

test.each(EXCHANGES)('%s in the place of a volume is never opened', async (_, name, put, reason, words) => {
  const path = await makeDisk(name, { size: '1Mi' });
  rmSync(path);
  put(path);
  await executor.kubectl('annotate', 'vmd', name, 'look=again');
  const disk = await executor.eventually('VirtualMachineDisk', name, because(reason));
  expect(ready(disk)?.message).toMatch(words);
  expect(disk.status?.phase).toBe('Failed');
  await executor.create('VirtualMachine', name, machineWith(name));
  const refused = await executor.eventually(
    'VirtualMachine',
    name,
    (vm) => vm && condition(vm, 'DisksReady')?.reason === 'DiskFailed',
  );
  expect(refused.status?.powerState).toBe('Stopped');
  await executor.create('VirtualMachineDisk', `${name}-copy`, { source: { disk: { name } } });
  await executor.eventually('VirtualMachineDisk', `${name}-copy`, because('DiskNotReady'));
  await executor.kubectl('delete', 'vm', name, '--wait');
  if (name === 'folder') rmSync(path, { recursive: true });
  await executor.kubectl('delete', 'vmd', name, `${name}-copy`, '--wait');
  expect(readFileSync('/etc/passwd', 'utf8')).toContain('root:');
});

test('a link that is swapped in when everything was looked at is not followed by a start either', async () => {
  const path = await makeDisk('swapped', { size: '1Mi', format: 'raw' });
  await executor.create('VirtualMachine', 'swapped', machineWith('swapped'));
  await running(executor, 'swapped');
  await executor.patch('VirtualMachine', 'swapped', { spec: { powerState: 'Stopped' } });
  await executor.eventually('VirtualMachine', 'swapped', (vm) => vm?.status?.powerState === 'Stopped');
  renameSync(path, `${path}.aside`);
  symlinkSync('/etc/passwd', path);
  // The disk's status still says Ready: nobody has looked at it again.
  await executor.patch('VirtualMachine', 'swapped', { spec: { powerState: 'Running' } });
  const refused = await executor.eventually(
    'VirtualMachine',
    'swapped',
    (vm) => vm && /symbolic link/.test(condition(vm, 'Ready')?.message ?? ''),
  );
  expect(refused.status?.powerState).not.toBe('Running');
  rmSync(path);
  renameSync(`${path}.aside`, path);
  await running(executor, 'swapped');
  await executor.kubectl('delete', 'vm', 'swapped', '--wait');
});

test('a pool whose path has a comma, a colon, spaces and a leading dash works through the life of a disk', async () => {
  const path = join(executor.home, '-odd, file:name = "x"');
  await executor.create('VirtualMachineStoragePool', 'odd', { dir: { path } });
  const disks = [{ name: 'root', image: { name: 'guest', pool: 'odd' } }];
  await executor.create('VirtualMachine', 'odd', smallMachine('guest', { disks }));
  await executor.says('odd', /./);
  await executor.create('VirtualMachineDisk', 'odd-copy', {
    pool: 'odd',
    format: 'raw',
    source: { disk: { name: 'odd-root' } },
  });
  await executor.eventually('VirtualMachineDisk', 'odd-copy', isReady);
  await executor.create('VirtualMachineSnapshot', 'odd', { virtualMachine: { name: 'odd' } });
  await executor.eventually('VirtualMachineSnapshot', 'odd', (snapshot) => snapshot?.status?.ready);
  await executor.patch('VirtualMachine', 'odd', { spec: { powerState: 'Stopped' } });
  await executor.eventually('VirtualMachine', 'odd', (vm) => vm?.status?.powerState === 'Stopped');
  await executor.patch('VirtualMachineDisk', 'odd-root', { spec: { size: '8Mi' } });
  await executor.eventually('VirtualMachineDisk', 'odd-root', (disk) => disk?.status?.virtualSize === '8Mi');
  await executor.create('VirtualMachineDisk', 'odd-again', { pool: 'odd', source: { disk: { name: 'odd-root' } } });
  await executor.eventually('VirtualMachineDisk', 'odd-again', isReady);
  await executor.kubectl('delete', 'vmsn', 'odd', '--wait');
  await executor.kubectl('delete', 'vm', 'odd', '--wait');
  await executor.kubectl('delete', 'vmd', 'odd-copy', 'odd-again', '--wait');
  await expect(executor.create('VirtualMachineStoragePool', 'line', { dir: { path: '/a\nb' } })).rejects.toThrow(
    'path',
  );
  await expect(executor.create('VirtualMachineStoragePool', 'dash', { dir: { path: '-f' } })).rejects.toThrow('path');
});

test('sixty tebibytes are possible as qcow2, and refused with a sentence where they are not', async () => {
  const path = await makeDisk('huge', { size: '60Ti' });
  expect(
    JSON.parse(execFileSync('qemu-img', ['info', '--output=json', path], { encoding: 'utf8' }))['virtual-size'],
  ).toBe(60 * 1024 ** 4);
  await executor.create('VirtualMachineDisk', 'huge-full', { size: '60Ti', preallocation: 'Full' });
  const full = await executor.eventually('VirtualMachineDisk', 'huge-full', because('NoSpace'));
  expect(ready(full)?.message).toMatch(/the pool has .* left at .*, and .* are needed/);
  await executor.create('VirtualMachineDisk', 'huge-tiny', { size: '60Ti', clusterSize: '512' });
  const tiny = await executor.eventually(
    'VirtualMachineDisk',
    'huge-tiny',
    (disk) => ready(disk)?.status === 'False' && disk?.status?.phase !== 'Creating',
  );
  expect(ready(tiny)?.message).toMatch(/qemu-img could not create .*too large/i);
  await expect(executor.create('VirtualMachineDisk', 'more', { size: '61Ti' })).rejects.toThrow('at most 60Ti');
  await executor.kubectl('delete', 'vmd', 'huge', 'huge-full', 'huge-tiny', '--wait');
  expect(readdirSync(join(executor.home, 'pool/disks/default')).filter((name) => name.includes('huge'))).toEqual([]);
});

test('a disk that is retained keeps its file; one that is not does not', async () => {
  const kept = await makeDisk('retained', { size: '1Mi', reclaimPolicy: 'Retain' });
  const gone = await makeDisk('deleted', { size: '1Mi' });
  await executor.kubectl('delete', 'vmd', 'retained', 'deleted', '--wait');
  expect([existsSync(kept), existsSync(gone)]).toEqual([true, false]);
  await executor.create('VirtualMachineDisk', 'retained', { size: '1Mi' });
  const taken = await executor.eventually('VirtualMachineDisk', 'retained', because('VolumeExists'));
  expect(ready(taken)?.message).toContain('is there already and it belongs to VirtualMachineDisk default/retained');
  await executor.kubectl('delete', 'vmd', 'retained', '--wait');
  expect(existsSync(kept)).toBe(true);
});
