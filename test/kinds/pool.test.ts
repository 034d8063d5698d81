import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
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
    { name: 'node-1', ready: true, path, capacity: expect.any(String), available: expect.any(String) },
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

test('a pool of a type that is not there yet says what to use', async () => {
  await using world = createWorld();
  world.run(poolReconciler);
  world.add('VirtualMachineStoragePool', 'far', { nfs: { server: 'nas.example', path: '/export' } });
  const pool = await world.until('VirtualMachineStoragePool', 'far', because('NotSupported'));
  expect(ready(pool)?.message).toContain('mount nas.example:/export on the node');
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
