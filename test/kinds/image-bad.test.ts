import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { smallDisk } from '../e2e/tmpfs.ts';
import { FILES, packedQcow2 } from './hostile-images.ts';
import { left, MIB, qemuImg, start } from './image-world.ts';
import { because, createWorld, ready } from './world.ts';

test.each(FILES)('%s is refused with a sentence, and nothing of it is left', async (_what, make, sentence) => {
  await using world = createWorld();
  const pool = start(world);
  const path = join(world.folder, 'source');
  writeFileSync(path, make(world.folder));
  world.add('VirtualMachineImage', 'bad', { source: { file: { path } } });
  const image = await world.until('VirtualMachineImage', 'bad', because('ImageRefused'));
  expect(image.status).toMatchObject({ phase: 'Failed' });
  expect(image.status?.path).toBeUndefined();
  expect(ready(image)?.message).toMatch(sentence);
  expect(ready(image)?.message).toContain(`${path} cannot be an image: `);
  expect(left(pool)).toEqual([]);
});

const ONES = Buffer.alloc(96 * MIB, 'A');
const BOMBS: readonly [string, () => Buffer, RegExp][] = [
  ['gz', () => gzipSync(ONES, { level: 1 }), /more than the [0-9.]+ MiB that are free in the pool/],
  ['xz', () => execFileSync('xz', ['-0', '-c'], { input: ONES }), /free in the pool/],
  ['zst', () => zstdCompressSync(ONES), /free in the pool/],
  ['gz of nothing but zeros', () => gzipSync(Buffer.alloc(96 * MIB), { level: 1 }), /of the whole pool/],
  ['zst of nothing but zeros', () => zstdCompressSync(Buffer.alloc(96 * MIB)), /of the whole pool/],
];

test.each(BOMBS)('a bomb in %s stops before it fills the pool', async (_what, make, sentence) => {
  using disk = smallDisk(48);
  if (!disk) return expect.unreachable('a tmpfs cannot be mounted: run the tests as root');
  await using world = createWorld();
  const pool = start(world, join(disk.path, 'pool'));
  const path = join(world.folder, 'bomb');
  writeFileSync(path, make());
  world.add('VirtualMachineImage', 'bomb', { format: 'qcow2', source: { file: { path } } });
  const image = await world.until('VirtualMachineImage', 'bomb', because('ImageRefused'));
  expect(ready(image)?.message).toMatch(sentence);
  expect(left(pool)).toEqual([]);
});

test('a packed VMDK that converts to more than is free stops at the bound', async () => {
  using disk = smallDisk(48);
  if (!disk) return expect.unreachable('a tmpfs cannot be mounted: run the tests as root');
  await using world = createWorld();
  const pool = start(world, join(disk.path, 'pool'));
  const [ones, path] = [join(world.folder, 'ones'), join(world.folder, 'packed.vmdk')];
  writeFileSync(ones, ONES);
  qemuImg('convert', '-f', 'raw', '-O', 'vmdk', '-o', 'subformat=streamOptimized', ones, path);
  world.add('VirtualMachineImage', 'bomb', { source: { file: { path } } });
  const image = await world.until('VirtualMachineImage', 'bomb', because('ImageRefused'));
  expect(ready(image)?.message).toMatch(/larger than what is free in the pool|File too large/);
  expect(left(pool)).toEqual([]);
});

test('a qcow2 that is packed tightly is taken as it is: nobody unpacks it', async () => {
  await using world = createWorld();
  const pool = start(world);
  const path = join(world.folder, 'packed.qcow2');
  const bytes = packedQcow2(world.folder);
  writeFileSync(path, bytes);
  world.add('VirtualMachineImage', 'good', { source: { file: { path } } });
  await world.until('VirtualMachineImage', 'good', because('Ready'));
  expect(readFileSync(join(pool, 'images/default/good.qcow2')).equals(bytes)).toBe(true);
});
