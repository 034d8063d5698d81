import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { imageReconciler } from '../../executor/kinds/virtualmachineimage/index.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { content, serve } from '../storage/http.ts';
import { because, createWorld, ready, type World } from './world.ts';

const MIB = 1024 ** 2;
/** Data at both ends and nothing between, as disks are. */
const DISK = Buffer.concat([randomBytes(MIB / 4), Buffer.alloc(15.5 * MIB), randomBytes(MIB / 4)]);
DISK.set([0x55, 0xaa], 510);
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function start(world: World): string {
  world.run(poolReconciler, imageReconciler);
  const path = join(world.folder, 'pool');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  return join(path, 'images/default');
}

function as(world: World, format: string, ...options: string[]): Buffer {
  const [from, to] = [join(world.folder, 'raw'), join(world.folder, 'converted')];
  writeFileSync(from, DISK);
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, ...options, from, to]);
  return readFileSync(to);
}

const xz = (bytes: Buffer) => execFileSync('xz', ['-0', '-c'], { input: bytes, maxBuffer: 32 * MIB });
const packers: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  plain: (bytes) => bytes,
  gz: (bytes) => gzipSync(bytes, { level: 1 }),
  xz,
  zst: (bytes) => zstdCompressSync(bytes),
};
const formats: Readonly<Record<string, readonly [stored: string, make: (world: World) => Buffer]>> = {
  raw: ['raw', () => DISK],
  qcow2: ['qcow2', (world) => as(world, 'qcow2')],
  'qcow2, compressed with zstd and extended': [
    'qcow2',
    (world) => as(world, 'qcow2', '-c', '-o', 'compression_type=zstd,extended_l2=on'),
  ],
  'qcow2 of version 2': ['qcow2', (world) => as(world, 'qcow2', '-o', 'compat=0.10')],
  vmdk: ['qcow2', (world) => as(world, 'vmdk')],
  'vmdk, stream optimised': ['qcow2', (world) => as(world, 'vmdk', '-o', 'subformat=streamOptimized')],
  vhdx: ['qcow2', (world) => as(world, 'vhdx')],
  'vhdx, fixed': ['qcow2', (world) => as(world, 'vhdx', '-o', 'subformat=fixed')],
};
const cases = Object.keys(formats).flatMap((format) =>
  (/,|version/.test(format) ? ['plain'] : Object.keys(packers)).map((packed) => [format, packed] as const),
);

test.each(cases)('%s, %s, becomes what the pool takes, and holds the same', async (format, packed) => {
  await using world = createWorld();
  const folder = start(world);
  const [stored, make] = formats[format] ?? ['', () => DISK];
  const bytes = packers[packed]?.(make(world)) ?? DISK;
  const path = join(world.folder, 'source');
  writeFileSync(path, bytes);
  world.add('VirtualMachineImage', 'base', { source: { file: { path, checksum: sha256(bytes) } } });
  const image = await world.until('VirtualMachineImage', 'base', because('Ready'));
  expect(image.status).toMatchObject({ format: stored, virtualSize: '16Mi', digest: sha256(bytes) });
  const raw = join(world.folder, 'expected');
  writeFileSync(raw, DISK);
  execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', stored, raw, join(folder, `base.${stored}`)]);
  expect(readdirSync(folder).sort()).toEqual([`base.${stored}`, `base.${stored}.json`]);
});

test('what is unpacked keeps its holes', async () => {
  await using world = createWorld();
  const folder = start(world);
  const path = join(world.folder, 'source');
  writeFileSync(path, gzipSync(DISK));
  world.add('VirtualMachineImage', 'base', { source: { file: { path } } });
  await world.until('VirtualMachineImage', 'base', because('Ready'));
  expect(statSync(join(folder, 'base.raw')).blocks * 512).toBeLessThan(2 * MIB);
});

test('what is declared as raw stays as it is, unless its packing is declared too', async () => {
  await using world = createWorld();
  const folder = start(world);
  const path = join(world.folder, 'initrd.gz');
  const noDisk = randomBytes(MIB);
  writeFileSync(path, gzipSync(noDisk));
  const source = { file: { path } };
  world.add('VirtualMachineImage', 'initrd', { format: 'raw', source });
  world.add('VirtualMachineImage', 'unpacked', { format: 'raw', compression: 'gzip', source });
  await world.until('VirtualMachineImage', 'initrd', because('Ready'));
  expect(readFileSync(join(folder, 'initrd.raw')).equals(readFileSync(path))).toBe(true);
  await world.until('VirtualMachineImage', 'unpacked', because('Ready'));
  expect(readFileSync(join(folder, 'unpacked.raw')).equals(noDisk)).toBe(true);
  world.add('VirtualMachineImage', 'wrong', { compression: 'xz', source });
  const wrong = await world.until('VirtualMachineImage', 'wrong', because('ImageRefused'));
  expect(ready(wrong)?.message).toContain('its xz stream is cut off or damaged');
});

test('the publisher’s file of checksums decides, when the image is fetched', async () => {
  const sums: Record<string, string> = {
    '/good/SUMS': `${sha256(DISK).slice(7)}  disk.img\n`,
    '/bad/SUMS': `${'0'.repeat(64)} *disk.img\n`,
    '/none/SUMS': `${'0'.repeat(64)}  other.img\n`,
  };
  const disk = content(DISK);
  await using server = await serve((request, response) => {
    const text = sums[request.url ?? ''];
    return text === undefined ? disk(request, response) : response.end(text);
  });
  await using world = createWorld();
  start(world);
  const reasons = { good: 'Ready', bad: 'ChecksumMismatch', none: 'ChecksumNotFound' };
  for (const [name, reason] of Object.entries(reasons)) {
    const http = { url: `${server.url}/${name}/disk.img`, checksumUrl: `${server.url}/${name}/SUMS` };
    world.add('VirtualMachineImage', name, { source: { http } });
    await world.until('VirtualMachineImage', name, because(reason));
  }
});

test('one content is downloaded once, however many images and pools want it at a time', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const disk = content(DISK);
  await using server = await serve((request, response) => void held.then(() => disk(request, response)));
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineStoragePool', 'second', { dir: { path: join(world.folder, 'second') } });
  const names = ['a', 'b', 'c', 'd'];
  for (const [n, name] of names.entries()) {
    const http = { url: `${server.url}/${name}`, checksum: sha256(DISK) };
    world.add('VirtualMachineImage', name, { source: { http }, pool: n < 3 ? 'default' : 'second' });
  }
  for (const name of names)
    await world.until('VirtualMachineImage', name, (image) => image?.status?.phase === 'Downloading');
  release();
  for (const name of names) {
    const { status } = await world.until('VirtualMachineImage', name, because('Ready'));
    expect(readFileSync(status?.path ?? '').equals(DISK)).toBe(true);
    expect(status?.digest).toBe(sha256(DISK));
  }
  expect(server.seen).toHaveLength(1);
});

test('an image that waits for another’s download goes at once when it is deleted', async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': DISK.length });
    response.write(DISK.subarray(0, 4096));
  });
  await using world = createWorld();
  start(world);
  const image = { source: { http: { url: server.url, checksum: sha256(DISK) } } };
  world.add('VirtualMachineImage', 'first', image);
  await world.until('VirtualMachineImage', 'first', (one) => one?.status?.phase === 'Downloading');
  world.add('VirtualMachineImage', 'second', image);
  await world.until('VirtualMachineImage', 'second', (one) => one?.status?.phase === 'Downloading');
  world.delete('VirtualMachineImage', 'second');
  await world.until('VirtualMachineImage', 'second', (one) => one === undefined);
});
