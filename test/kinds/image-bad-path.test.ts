import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kinds } from '../../schemas/kinds/index.ts';
import { converted, spoiled } from './hostile-images.ts';
import { left, MIB, qemuImg, start } from './image-world.ts';
import { because, createWorld, ready } from './world.ts';

/** What no disk must ever hold. */
const SECRET = `the host's own ${randomBytes(8).toString('hex')}`;
const DISK = spoiled(randomBytes(2 * MIB), (bytes) => bytes.set([0x55, 0xaa], 510));

test('a link that is swapped while a file is looked at never shows what it leads to', async () => {
  await using world = createWorld();
  const [allowed, outside] = [join(world.folder, 'allowed'), join(world.folder, 'outside')];
  for (const folder of [allowed, outside]) mkdirSync(folder);
  writeFileSync(join(outside, 'disk.img'), Buffer.alloc(MIB, SECRET));
  writeFileSync(join(allowed, 'disk.img'), DISK);
  symlinkSync(outside, join(world.folder, 'link'));
  Object.assign(world.context.settings, { importFolders: [allowed] });
  const pool = start(world);
  await world.until('VirtualMachineStoragePool', 'default', because('Ready'));
  // `path` is the folder one moment and a link out of it the next.
  const path = join(allowed, 'sub');
  mkdirSync(join(world.folder, 'real'));
  writeFileSync(join(world.folder, 'real', 'disk.img'), DISK);
  renameSync(join(world.folder, 'real'), path);
  const swapping = setInterval(() => {
    renameSync(path, join(world.folder, 'aside'));
    renameSync(join(world.folder, 'link'), path);
    renameSync(path, join(world.folder, 'link'));
    renameSync(join(world.folder, 'aside'), path);
  }, 0);
  try {
    for (let n = 0; n < 40; n++) {
      world.add('VirtualMachineImage', `try-${n}`, {
        format: 'raw',
        source: { file: { path: join(path, 'disk.img') } },
      });
    }
    const outcomes = ['Ready', 'FileNotAllowed', 'FileNotFound', 'NotAFile'];
    const settled = (image: Parameters<typeof ready>[0]) => outcomes.includes(ready(image)?.reason ?? '');
    for (let n = 0; n < 40; n++) await world.until('VirtualMachineImage', `try-${n}`, settled);
  } finally {
    clearInterval(swapping);
  }
  world.add('VirtualMachineImage', 'after', { source: { file: { path: join(path, 'disk.img') } } });
  await world.until('VirtualMachineImage', 'after', because('Ready'));
  for (const name of left(pool).filter((file) => file.endsWith('.raw'))) {
    expect(readFileSync(join(pool, 'images/default', name)).includes(SECRET)).toBe(false);
  }
});

test.each([
  '-o backing_file=x,y:z.img',
  'nbd:127.0.0.1:1,format=raw',
  '--help',
  'json:{"driver":"null-co"}',
  'a%41,,b',
])('a file called %s is that file and no option', async (name) => {
  await using world = createWorld();
  const pool = start(world);
  const vmdk = join(world.folder, 'x.vmdk');
  const raw = join(world.folder, 'raw');
  writeFileSync(raw, DISK);
  qemuImg('convert', '-f', 'raw', '-O', 'vmdk', raw, vmdk);
  const path = join(world.folder, name);
  renameSync(vmdk, path);
  world.add('VirtualMachineImage', 'good', { source: { file: { path } } });
  await world.until('VirtualMachineImage', 'good', because('Ready'));
  qemuImg('compare', '-f', 'raw', '-F', 'qcow2', raw, join(pool, 'images/default/good.qcow2'));
});

test('a path with an end of line is refused by the language', () => {
  const image = { source: { file: { path: '/images/a\nb' } } };
  expect(kinds.VirtualMachineImage.spec.safeParse(image).success).toBe(false);
});

test('a pool whose path has commas and colons takes images and converts them', async () => {
  await using world = createWorld();
  const pool = join(world.folder, 'a,b:c=-x');
  start(world, pool);
  const path = join(world.folder, 'source.vhdx');
  writeFileSync(path, converted(world.folder, 'vhdx'));
  world.add('VirtualMachineImage', 'good', { source: { file: { path } } });
  await world.until('VirtualMachineImage', 'good', because('Ready'));
  expect(left(pool).sort()).toEqual(['good.qcow2', 'good.qcow2.json']);
});
