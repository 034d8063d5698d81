import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskReconciler } from '../../executor/kinds/virtualmachinedisk/index.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { because, createWorld, ready, type World } from './world.ts';

async function start(world: World): Promise<string> {
  world.run(poolReconciler, diskReconciler);
  const path = join(world.folder, 'pool');
  mkdirSync(join(path, 'disks/default'), { recursive: true });
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
  return path;
}

const qcow2 = (path: string, ...more: string[]) =>
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...more, path, '2M']);
/** The pool tries now and then whether it can be written to. */
const visible = (pool: string) => readdirSync(pool).filter((name) => !name.startsWith('.'));
const adopt = (file: string, more: object = {}) => ({ reclaimPolicy: 'Retain', source: { volume: { file } }, ...more });

test('a volume that an administrator put into the pool becomes a disk, without a copy', async () => {
  await using world = createWorld();
  const pool = await start(world);
  qcow2(join(pool, 'old, server: 1.qcow2'));
  const { ino } = statSync(join(pool, 'old, server: 1.qcow2'));
  world.add('VirtualMachineDisk', 'root', adopt('old, server: 1.qcow2'));
  const disk = await world.until('VirtualMachineDisk', 'root', because('Ready'));
  const path = join(pool, 'disks/default/root.qcow2');
  expect(disk.status).toMatchObject({ path, virtualSize: '2Mi' });
  expect(statSync(path).ino).toBe(ino);
  expect(existsSync(join(pool, 'old, server: 1.qcow2'))).toBe(false);
  expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toMatchObject({ uid: disk.metadata.uid });
});

test('a retained volume becomes a disk again, under its own name or another, and grows as asked', async () => {
  await using world = createWorld();
  const pool = await start(world);
  world.add('VirtualMachineDisk', 'kept', { size: '2Mi', reclaimPolicy: 'Retain' });
  await world.until('VirtualMachineDisk', 'kept', because('Ready'));
  for (const [from, to] of [
    ['kept', 'kept'],
    ['kept', 'other'],
  ]) {
    world.delete('VirtualMachineDisk', from ?? '');
    await world.until('VirtualMachineDisk', from ?? '', (disk) => disk === undefined);
    world.add('VirtualMachineDisk', to ?? '', adopt(`disks/default/${from}.qcow2`, { size: '3Mi' }));
    await world.until('VirtualMachineDisk', to ?? '', (disk) => disk?.status?.virtualSize === '3Mi');
  }
  expect(readdirSync(join(pool, 'disks/default')).sort()).toEqual(['other.qcow2', 'other.qcow2.json']);
});

test('a volume whose adoption was cut off after it was written down is adopted', async () => {
  await using world = createWorld();
  const pool = await start(world);
  qcow2(join(pool, 'old.qcow2'));
  const uid = 'b2b7f6a0-0000-4000-8000-000000000001';
  const owner = { kind: 'VirtualMachineDisk', namespace: 'default', name: 'root', uid };
  writeFileSync(join(pool, 'disks/default/root.qcow2.json'), JSON.stringify(owner));
  world.add('VirtualMachineDisk', 'root', adopt('old.qcow2'), { uid });
  await world.until('VirtualMachineDisk', 'root', because('Ready'));
});

test.each<[string, (pool: string, world: World) => string, RegExp, object?]>([
  [
    'a link',
    (pool) => {
      symlinkSync('/etc/passwd', join(pool, 'x.qcow2'));
      return 'x.qcow2';
    },
    /no ordinary file/,
  ],
  [
    'a file with two names',
    (pool) => {
      qcow2(join(pool, 'x.qcow2'));
      linkSync(join(pool, 'x.qcow2'), join(pool, 'y.qcow2'));
      return 'x.qcow2';
    },
    /no ordinary file/,
  ],
  [
    'a qcow2 file with a backing file',
    (pool) => {
      qcow2(join(pool, 'x.qcow2'), '-u', '-b', '/etc/passwd', '-F', 'raw');
      return 'x.qcow2';
    },
    /backing file "\/etc\/passwd"/,
  ],
  ['a path out of the pool', () => '../outside.qcow2', /not in the pool's own folder/],
  [
    'the volume of another namespace',
    () => 'disks/other/x.qcow2',
    /not in the pool's own folder, nor in disks\/default/,
  ],
  [
    'a raw file as qcow2',
    (pool) => {
      writeFileSync(join(pool, 'x.img'), 'x'.repeat(512));
      return 'x.img';
    },
    /no qcow2 header/,
  ],
])('%s is refused, and stays where it is', async (_what, make, why) => {
  await using world = createWorld();
  const pool = await start(world);
  const file = make(pool, world);
  const before = visible(pool);
  world.add('VirtualMachineDisk', 'root', adopt(file));
  const disk = await world.until('VirtualMachineDisk', 'root', because('VolumeRefused'));
  expect(ready(disk)?.message).toMatch(why);
  expect(visible(pool)).toEqual(before);
  expect(readdirSync(join(pool, 'disks/default'))).toEqual([]);
});

test('the volume of a disk that is there is not taken from it', async () => {
  await using world = createWorld();
  const pool = await start(world);
  world.add('VirtualMachineDisk', 'mine', { size: '1Mi' });
  await world.until('VirtualMachineDisk', 'mine', because('Ready'));
  world.add('VirtualMachineDisk', 'thief', adopt('disks/default/mine.qcow2'));
  const thief = await world.until('VirtualMachineDisk', 'thief', because('VolumeRefused'));
  expect(ready(thief)?.message).toContain('VirtualMachineDisk default/mine has it');
  expect(existsSync(join(pool, 'disks/default/mine.qcow2'))).toBe(true);
});
