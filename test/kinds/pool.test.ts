import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { because, createWorld, ready } from './world.ts';

test('a folder is made under its parent, and the pool says how large it is', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  const path = join(world.folder, 'pool');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  const pool = await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
  expect(pool.status?.nodes).toEqual([
    {
      ...{ name: 'node-1', ready: true, path, committed: '0' },
      ...{ capacity: expect.any(String), available: expect.any(String) },
    },
  ]);
  expect(pool.metadata.finalizers).toEqual(['vmctl.dev/executor']);
});

test('a pool whose parent folder is not there says so, and recovers when it appears', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  const path = join(world.folder, 'missing', 'pool');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  const pool = await world.until('VirtualMachineStoragePool', 'default', because('ParentNotFound'));
  expect(ready(pool)?.message).toContain(`${join(world.folder, 'missing')} is not there: make it`);
  expect(pool.status?.nodes?.[0]?.ready).toBe(false);
  mkdirSync(join(world.folder, 'missing'));
  world.context.enqueue('VirtualMachineStoragePool', { name: 'default' });
  await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
});

test('a pool that is a file is refused', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  const path = join(world.folder, 'file');
  writeFileSync(path, '');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  await world.until('VirtualMachineStoragePool', 'default', because('NotAFolder'));
});

test('an export that this host cannot mount is a condition that says what to do, and goes without a trace', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  world.add('VirtualMachineStoragePool', 'far', {
    nfs: { server: '127.0.0.1', path: '/nothing', options: ['retry=0'] },
  });
  const pool = await world.until('VirtualMachineStoragePool', 'far', (one) => ready(one)?.status === 'False');
  expect(pool.status?.nodes?.[0]).toMatchObject({ ready: false, path: join(world.folder, 'mounts', 'far') });
  expect(ready(pool)?.message).toMatch(/^127\.0\.0\.1:\/nothing cannot be mounted \(.*\): [a-z]/);
  world.delete('VirtualMachineStoragePool', 'far');
  await world.until('VirtualMachineStoragePool', 'far', (one) => one === undefined);
  expect(readdirSync(join(world.folder, 'mounts'))).toEqual([]);
});

test('volumes that no object has are listed and counted, and stay when the pool goes', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  const path = join(world.folder, 'pool');
  mkdirSync(join(path, 'disks/default'), { recursive: true });
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(path, 'old one.qcow2'), '3M']);
  execFileSync('qemu-img', ['create', '-q', '-f', 'raw', join(path, 'disks/default/kept.raw'), '1M']);
  const was = { kind: 'VirtualMachineDisk', namespace: 'default', name: 'kept', uid: 'gone' };
  writeFileSync(join(path, 'disks/default/kept.raw.json'), JSON.stringify(was));
  writeFileSync(join(path, 'notes.txt'), 'no volume');
  writeFileSync(join(path, '.half.qcow2'), 'half made');
  for (let n = 0; n < 25; n++) writeFileSync(join(path, `z${n}.img`), 'x');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  const pool = await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
  const [node] = pool.status?.nodes ?? [];
  expect(node?.unknownVolumeCount).toBe(27);
  expect(node?.unknownVolumes).toHaveLength(20);
  expect(node?.unknownVolumes?.slice(0, 2)).toEqual([
    { file: 'disks/default/kept.raw', format: 'raw', size: '1Mi', formerly: 'VirtualMachineDisk default/kept' },
    { file: 'old one.qcow2', format: 'qcow2', size: '3Mi' },
  ]);
  world.delete('VirtualMachineStoragePool', 'default');
  await world.until('VirtualMachineStoragePool', 'default', (one) => one === undefined);
  expect(readdirSync(path)).toHaveLength(29);
});

test('what thin disks can grow to is committed, of this node or of all where they share the folder', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  for (const shared of [false, true]) {
    const name = shared ? 'shared' : 'local';
    world.add('VirtualMachineStoragePool', name, { dir: { path: join(world.folder, name), shared } });
    for (const [node, size] of [
      ['node-1', '3Gi'],
      ['node-2', '4Gi'],
    ]) {
      const disk = `${name}-${node}`;
      world.add('VirtualMachineDisk', disk, { pool: name, size });
      world.edit('VirtualMachineDisk', disk, (object) => {
        object.status = { phase: 'Ready', nodeName: node, virtualSize: size, actualSize: '1Mi' };
      });
    }
  }
  const committed = (name: string, size: string) =>
    world.until('VirtualMachineStoragePool', name, (one) => one?.status?.nodes?.[0]?.committed === size);
  await committed('local', '3Gi');
  await committed('shared', '7Gi');
});

test('a pool in use is held until its last volume is gone, and what it did not make stays', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  const path = join(world.folder, 'pool');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
  writeFileSync(join(path, 'mine'), 'not yours');
  world.add('VirtualMachineDisk', 'root', { size: '1Mi' });
  world.delete('VirtualMachineStoragePool', 'default');
  const held = await world.until('VirtualMachineStoragePool', 'default', because('InUse'));
  expect(ready(held)?.message).toContain('disk default/root');
  world.delete('VirtualMachineDisk', 'root');
  await world.until('VirtualMachineStoragePool', 'default', (pool) => pool === undefined);
  mkdirSync(join(path, 'still-there'));
});

test('a pool below a folder that qemu cannot go through says so, and what to do', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('only root runs qemu as another user');
  await using world = createWorld();
  Object.assign(world.context.settings, { qemuUser: 'nobody' });
  chmodSync(world.folder, 0o711);
  const closed = join(world.folder, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  world.run(poolReconciler);
  world.add('VirtualMachineStoragePool', 'default', { dir: { path: join(closed, 'pool') } });
  const pool = await world.until('VirtualMachineStoragePool', 'default', because('PathNotReachable'));
  expect(ready(pool)?.message).toContain(`may not go through ${closed}`);
  chmodSync(closed, 0o711);
  world.context.enqueue('VirtualMachineStoragePool', { name: 'default' });
  await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
});
