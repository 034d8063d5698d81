import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { diskReconciler } from '../../executor/kinds/virtualmachinedisk/index.ts';
import { imageReconciler } from '../../executor/kinds/virtualmachineimage/index.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { content, serve } from '../storage/http.ts';
import { because, createWorld, ready, type World } from './world.ts';

function start(world: World): string {
  world.run(poolReconciler, diskReconciler, imageReconciler);
  const path = join(world.folder, 'pool');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  return path;
}

const info = (path: string, format: string) =>
  JSON.parse(execFileSync('qemu-img', ['info', '-f', format, '--output=json', path], { encoding: 'utf8' }));

function bootable(world: World, name = 'base.raw', mebibytes = 1): string {
  const path = join(world.folder, name);
  const content = Buffer.alloc(mebibytes * 1024 ** 2);
  content.write('content of the base', 1024);
  content.set([0x55, 0xaa], 510);
  writeFileSync(path, content);
  return path;
}

test.each(['qcow2', 'raw'] as const)('a blank %s disk is made in its pool', async (format) => {
  await using world = createWorld();
  const pool = start(world);
  world.add('VirtualMachineDisk', 'data', { size: '10Mi', format });
  const disk = await world.until('VirtualMachineDisk', 'data', because('Ready'));
  const path = join(pool, 'disks', 'default', `data.${format}`);
  expect(disk.status).toMatchObject({ phase: 'Ready', nodeName: 'node-1', path, virtualSize: '10Mi' });
  expect(info(path, format)).toMatchObject({ 'virtual-size': 10 * 1024 ** 2, format });
  await vi.waitFor(() => expect(world.events).toContainEqual(expect.objectContaining({ reason: 'VolumeCreated' })), {
    timeout: 30_000,
  });
});

test('space is taken at once where the disk says so', async () => {
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineDisk', 'full', { size: '8Mi', format: 'raw', preallocation: 'Full' });
  const disk = await world.until('VirtualMachineDisk', 'full', because('Ready'));
  expect(disk.status?.actualSize).toBe('8Mi');
});

test('a disk waits for its pool with a condition and recovers', async () => {
  await using world = createWorld();
  world.run(poolReconciler, diskReconciler, imageReconciler);
  world.add('VirtualMachineDisk', 'data', { size: '1Mi', pool: 'later' });
  const waiting = await world.until('VirtualMachineDisk', 'data', because('PoolNotFound'));
  expect(ready(waiting)?.message).toContain('the storage pool later is not there');
  world.add('VirtualMachineStoragePool', 'later', { dir: { path: join(world.folder, 'later') } });
  await world.until('VirtualMachineDisk', 'data', because('Ready'));
});

test('a qcow2 disk of an image is an overlay, a raw one a copy, and the image stays while the overlay needs it', async () => {
  await using world = createWorld();
  const pool = start(world);
  const path = bootable(world);
  world.add('VirtualMachineDisk', 'root', { size: '2Mi', source: { image: { name: 'base' } } });
  await world.until('VirtualMachineDisk', 'root', because('ImageNotFound'));
  world.add('VirtualMachineDisk', 'copy', { format: 'raw', source: { image: { name: 'base' } } });
  world.add('VirtualMachineImage', 'base', { source: { file: { path } } });
  const disk = await world.until('VirtualMachineDisk', 'root', because('Ready'));
  const copy = await world.until('VirtualMachineDisk', 'copy', because('Ready'));
  const base = join(pool, 'images', 'default', 'base.raw');
  expect(disk.status).toMatchObject({ virtualSize: '2Mi', backingChain: [base] });
  expect(info(disk.status?.path ?? '', 'qcow2')).toMatchObject({
    'backing-filename': base,
    'backing-filename-format': 'raw',
  });
  expect(readFileSync(copy.status?.path ?? '').equals(readFileSync(path))).toBe(true);

  world.delete('VirtualMachineImage', 'base');
  const held = await world.until('VirtualMachineImage', 'base', because('InUse'));
  expect(ready(held)?.message).toContain('disk root');
  expect(ready(held)?.message).not.toContain('disk copy');
  world.delete('VirtualMachineDisk', 'root');
  await world.until('VirtualMachineImage', 'base', (image) => image === undefined);
  expect(existsSync(base)).toBe(false);
  expect(existsSync(disk.status?.path ?? '')).toBe(false);
});

test('a disk smaller than its image is refused', async () => {
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineImage', 'base', { source: { file: { path: bootable(world, 'base.raw', 4) } } });
  world.add('VirtualMachineDisk', 'root', { size: '2Mi', source: { image: { name: 'base' } } });
  const disk = await world.until('VirtualMachineDisk', 'root', because('SizeTooSmall'));
  expect(disk.status?.phase).toBe('Failed');
  expect(disk.status?.path).toBeUndefined();
});

test('a disk grows when its size is raised', async () => {
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineDisk', 'data', { size: '1Mi' });
  await world.until('VirtualMachineDisk', 'data', because('Ready'));
  world.edit('VirtualMachineDisk', 'data', ({ spec }) => {
    spec['size'] = '3Mi';
  });
  const grown = await world.until('VirtualMachineDisk', 'data', (disk) => disk?.status?.virtualSize === '3Mi');
  expect(info(grown.status?.path ?? '', 'qcow2')['virtual-size']).toBe(3 * 1024 ** 2);
});

test('a file that is not ours is neither overwritten nor deleted', async () => {
  await using world = createWorld();
  const pool = join(world.folder, 'pool');
  const path = join(pool, 'disks', 'default', 'data.qcow2');
  mkdirSync(join(pool, 'disks', 'default'), { recursive: true });
  writeFileSync(path, 'precious');
  start(world);
  world.add('VirtualMachineDisk', 'data', { size: '1Mi' });
  const disk = await world.until('VirtualMachineDisk', 'data', because('VolumeExists'));
  expect(ready(disk)?.message).toContain(`${path} is there already and nothing says whose it is`);
  world.delete('VirtualMachineDisk', 'data');
  await world.until('VirtualMachineDisk', 'data', (gone) => gone === undefined);
  expect(readFileSync(path, 'utf8')).toBe('precious');
});

test('a retained volume stays, keeps its base, and is not taken over by another disk of the name', async () => {
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineImage', 'base', { source: { file: { path: bootable(world) } } });
  world.add('VirtualMachineDisk', 'root', { reclaimPolicy: 'Retain', source: { image: { name: 'base' } } });
  const disk = await world.until('VirtualMachineDisk', 'root', because('Ready'));
  const path = disk.status?.path ?? '';
  world.delete('VirtualMachineDisk', 'root');
  await world.until('VirtualMachineDisk', 'root', (gone) => gone === undefined);
  expect(existsSync(path)).toBe(true);

  world.delete('VirtualMachineImage', 'base');
  const held = await world.until('VirtualMachineImage', 'base', because('InUse'));
  expect(ready(held)?.message).toContain(`retained volume ${path}`);
  world.add('VirtualMachineDisk', 'root', { size: '1Mi' });
  const second = await world.until('VirtualMachineDisk', 'root', because('VolumeExists'));
  expect(ready(second)?.message).toContain(
    `it belongs to VirtualMachineDisk default/root with the uid ${disk.metadata.uid}`,
  );
});

test('a volume that vanished is reported, not replaced by an empty one, and is found again', async () => {
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineDisk', 'data', { size: '1Mi' });
  const disk = await world.until('VirtualMachineDisk', 'data', because('Ready'));
  const path = disk.status?.path ?? '';
  const content = readFileSync(path);
  rmSync(path);
  world.context.enqueue('VirtualMachineDisk', { namespace: 'default', name: 'data' });
  const lost = await world.until('VirtualMachineDisk', 'data', because('VolumeMissing'));
  expect(lost.status?.path).toBe(path);
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, content);
  world.context.enqueue('VirtualMachineDisk', { namespace: 'default', name: 'data' });
  await world.until('VirtualMachineDisk', 'data', because('Ready'));
});

test('a disk in use is held with the name of the machine, and goes when it is free', async () => {
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineDisk', 'data', { size: '1Mi' });
  world.add('VirtualMachine', 'web', { memory: { size: '64Mi' }, disks: [{ name: 'data', disk: { name: 'data' } }] });
  const used = await world.until(
    'VirtualMachineDisk',
    'data',
    (disk) => disk?.status?.usedBy === 'web' && disk.status.phase === 'Ready',
  );
  world.delete('VirtualMachineDisk', 'data');
  const held = await world.until('VirtualMachineDisk', 'data', because('InUse'));
  expect(ready(held)?.message).toContain('the machine web has the disk');
  expect(existsSync(used.status?.path ?? '')).toBe(true);
  world.delete('VirtualMachine', 'web');
  await world.until('VirtualMachineDisk', 'data', (disk) => disk === undefined);
  expect(existsSync(used.status?.path ?? '')).toBe(false);
});

test('a disk is a full copy of another', async () => {
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineImage', 'base', { source: { file: { path: bootable(world) } } });
  world.add('VirtualMachineDisk', 'root', { source: { image: { name: 'base' } } });
  world.add('VirtualMachineDisk', 'clone', { size: '2Mi', format: 'raw', source: { disk: { name: 'root' } } });
  const clone = await world.until('VirtualMachineDisk', 'clone', because('Ready'));
  const content = readFileSync(clone.status?.path ?? '');
  expect(content.subarray(1024, 1043).toString()).toBe('content of the base');
  expect(statSync(clone.status?.path ?? '').size).toBe(2 * 1024 ** 2);
});

test('an object whose name fills the API still has a file', async () => {
  await using world = createWorld();
  start(world);
  const name = 'a'.repeat(253);
  world.add('VirtualMachineDisk', name, { size: '1Mi' });
  const disk = await world.until('VirtualMachineDisk', name, because('Ready'));
  expect(existsSync(disk.status?.path ?? '')).toBe(true);
});

test.each(['create', 'part'])('an executor killed after %s converges', async (moment) => {
  await using world = createWorld();
  const pool = start(world);
  const folder = join(pool, 'disks', 'default');
  const disk = world.add('VirtualMachineDisk', 'data', { size: '1Mi' });
  await world.until('VirtualMachineDisk', 'data', because('Ready'));
  await world.stop();
  const part = join(folder, `.data.${disk.metadata.uid}.part`);
  world.edit('VirtualMachineDisk', 'data', (object) => {
    delete object.status;
  });
  if (moment === 'part') {
    rmSync(join(folder, 'data.qcow2'));
    writeFileSync(part, 'half a volume');
  }
  world.run(poolReconciler, diskReconciler, imageReconciler);
  const again = await world.until('VirtualMachineDisk', 'data', because('Ready'));
  expect(again.status?.virtualSize).toBe('1Mi');
  expect(existsSync(part)).toBe(false);
});

test.each(['raw', 'qcow2'] as const)('a %s disk is made from what a URL serves, by its checksum', async (format) => {
  await using world = createWorld();
  const pool = start(world);
  const bytes = readFileSync(bootable(world));
  await using server = await serve(content(bytes, { cutAfter: 500_000 }));
  const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const wrong = `sha256:${'0'.repeat(64)}`;
  world.add('VirtualMachineDisk', 'web', { format, size: '2Mi', source: { url: { url: server.url, checksum } } });
  world.add('VirtualMachineDisk', 'bad', { format, source: { url: { url: server.url, checksum: wrong } } });
  const disk = await world.until('VirtualMachineDisk', 'web', because('Ready'));
  expect(disk.status?.virtualSize).toBe('2Mi');
  const copy = join(world.folder, 'copy');
  execFileSync('qemu-img', ['convert', '-f', format, '-O', 'raw', disk.status?.path ?? '', copy]);
  expect(readFileSync(copy).subarray(0, bytes.length).equals(bytes)).toBe(true);
  const bad = await world.until('VirtualMachineDisk', 'bad', because('ChecksumMismatch'));
  expect(bad.status?.phase).toBe('Failed');
  expect(readdirSync(join(pool, 'disks', 'default')).sort()).toEqual([`web.${format}`, `web.${format}.json`]);
});

test('a hostile file behind a URL never becomes a disk', async () => {
  await using world = createWorld();
  start(world);
  const path = join(world.folder, 'hostile');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw', path, '1M']);
  const bytes = readFileSync(path);
  await using server = await serve(content(bytes));
  const checksum = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  world.add('VirtualMachineDisk', 'web', { source: { url: { url: server.url, checksum } } });
  const disk = await world.until('VirtualMachineDisk', 'web', because('ImageRefused'));
  expect(ready(disk)?.message).toContain('it has the backing file "/etc/passwd"');
});

test('in a cluster a disk is made by the node that its machine is bound to, and by no other', async () => {
  await using world = createWorld();
  Object.assign(world.context.settings, { standalone: false });
  start(world);
  world.add('VirtualMachineDisk', 'unbound', { size: '1Mi' });
  world.add('VirtualMachineDisk', 'theirs', { size: '1Mi' });
  world.add('VirtualMachineDisk', 'ours', { size: '1Mi' });
  for (const [disk, nodeName] of [
    ['theirs', 'node-2'],
    ['ours', 'node-1'],
  ] as const) {
    const disks = [{ name: 'root', disk: { name: disk } }];
    world.add('VirtualMachine', `of-${nodeName}`, { nodeName, memory: { size: '64Mi' }, disks });
  }
  await world.until('VirtualMachineDisk', 'ours', because('Ready'));
  expect(world.get('VirtualMachineDisk', 'theirs')?.status).toBeUndefined();
  expect(world.get('VirtualMachineDisk', 'unbound')?.status).toBeUndefined();
});

test('a pool that vanished with its file system is not made anew by a disk', async () => {
  await using world = createWorld();
  world.run(poolReconciler, diskReconciler, imageReconciler);
  const mount = join(world.folder, 'mnt');
  mkdirSync(mount);
  world.add('VirtualMachineStoragePool', 'default', { dir: { path: join(mount, 'pool') } });
  await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
  rmSync(mount, { recursive: true });
  world.add('VirtualMachineDisk', 'data', { size: '1Mi' });
  await world.until('VirtualMachineDisk', 'data', (disk) => ready(disk)?.status === 'False');
  expect(existsSync(mount)).toBe(false);
  mkdirSync(mount);
  world.context.enqueue('VirtualMachineStoragePool', { name: 'default' });
  await world.until('VirtualMachineDisk', 'data', because('Ready'));
});
