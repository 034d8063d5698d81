import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MIB } from './image-world.ts';
import { archive, DISK, host, LAYER, oci, pushImage, start, there, withRegistry } from './registry-images.ts';
import { because, createWorld, ready, type World } from './world.ts';

withRegistry();

describe.skipIf(!there)('of a registry', () => {
  const link = (world: World, name: string, ...args: string[]) => {
    const folder = join(world.folder, `hostile-${Math.random()}`);
    mkdirSync(join(folder, 'disk'), { recursive: true });
    writeFileSync(join(folder, 'disk/real.img'), DISK);
    execFileSync(
      args[0] ?? '',
      args.slice(1).map((arg) => arg.replace('@', join(folder, name))),
    );
    return execFileSync('tar', ['-C', folder, '-c', 'disk'], { maxBuffer: 64 * MIB });
  };
  test.each<[string, (world: World) => Buffer, RegExp]>([
    ['a link', (w) => link(w, 'disk/x.img', 'ln', '-s', '/etc/shadow', '@'), /no ordinary file but a link/],
    [
      'a hard link',
      (w) => {
        const folder = join(w.folder, 'hard');
        mkdirSync(join(folder, 'disk'), { recursive: true });
        writeFileSync(join(folder, 'disk/a.img'), DISK);
        execFileSync('ln', [join(folder, 'disk/a.img'), join(folder, 'disk/b.img')]);
        return execFileSync('tar', ['-C', folder, '-c', 'disk/a.img', 'disk/b.img'], { maxBuffer: 64 * MIB });
      },
      /no ordinary file but a link|several files/,
    ],
    ['a device', (w) => link(w, 'disk/x.img', 'mknod', '@', 'b', '1', '1'), /a device/],
    ['a pipe', (w) => link(w, 'disk/x.img', 'mkfifo', '@'), /a device/],
    [
      'a path that leads out',
      (w) => archive(w, { 'disk/x.img': DISK }, '--transform=s,disk,../../etc,'),
      /a path that leads out of it/,
    ],
    [
      'a file with holes',
      (w) => {
        const path = join(w.folder, 'sparse');
        mkdirSync(join(path, 'disk'), { recursive: true });
        execFileSync('truncate', ['-s', '8M', join(path, 'disk/x.img')]);
        return execFileSync('tar', ['-S', '-C', path, '-c', 'disk'], { maxBuffer: 64 * MIB });
      },
      /holes/,
    ],
    [
      'an archive that is cut off',
      (w) => archive(w, { 'disk/x.img': DISK }).subarray(0, MIB),
      /archive is damaged: it is cut off/,
    ],
    [
      'a header that is damaged',
      (w) => {
        const tar = archive(w, { 'disk/x.img': DISK });
        tar.fill(7, 0, 40);
        return tar;
      },
      /wrong checksum/,
    ],
    [
      'a packed layer that is damaged',
      (w) => gzipSync(archive(w, { 'disk/x.img': DISK })).subarray(0, MIB),
      /cut off or damaged/,
    ],
    [
      'a qcow2 with a backing file',
      (w) => {
        const path = join(w.folder, 'hostile.qcow2');
        execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/shadow', '-F', 'raw', path, '1M']);
        return archive(w, { 'disk/x.qcow2': readFileSync(path) });
      },
      /backing file "\/etc\/shadow"/,
    ],
  ])('%s in a layer is refused, and leaves nothing', async (what, make, sentence) => {
    await using world = createWorld();
    const pool = start(world);
    const repository = `bad/${what.replaceAll(' ', '-')}`;
    await pushImage(repository, [{ mediaType: LAYER, bytes: make(world) }]);
    world.add('VirtualMachineImage', 'bad', oci(repository));
    const image = await world.until('VirtualMachineImage', 'bad', because('ImageRefused'));
    expect(ready(image)?.message).toMatch(sentence);
    expect(readdirSync(join(pool, 'images/default'))).toEqual([]);
  });

  test('a reference that is not there says so, one that cannot be says why', async () => {
    await using world = createWorld();
    start(world);
    world.add('VirtualMachineImage', 'gone', oci('nothing:1'));
    const gone = await world.until('VirtualMachineImage', 'gone', because('ReferenceNotFound'));
    expect(ready(gone)?.message).toContain(`${host()}/nothing:1 is not in the registry`);
    world.add('VirtualMachineImage', 'wrong', oci('UPPER:1'));
    await world.until('VirtualMachineImage', 'wrong', because('ArtifactRefused'));
  });
});
