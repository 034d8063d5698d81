import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { imageReconciler } from '../../executor/kinds/virtualmachineimage/index.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { content, redirectTo, serve } from '../storage/http.ts';
import { because, createWorld, ready, type World } from './world.ts';

const BYTES = randomBytes(2 * 1024 ** 2);
BYTES.set([0x55, 0xaa], 510);
const SHA256 = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`;

function start(world: World): string {
  world.run(poolReconciler, imageReconciler);
  const path = join(world.folder, 'pool');
  world.add('VirtualMachineStoragePool', 'default', { dir: { path } });
  return join(path, 'images', 'default');
}

function file(world: World, bytes: Buffer | string = BYTES): string {
  const path = join(world.folder, `source-${Math.random()}`);
  writeFileSync(path, bytes);
  return path;
}

test('a file becomes an image, byte for byte, with its digest', async () => {
  await using world = createWorld();
  const folder = start(world);
  world.add('VirtualMachineImage', 'base', { source: { file: { path: file(world), checksum: SHA256 } } });
  const image = await world.until('VirtualMachineImage', 'base', because('Ready'));
  const path = join(folder, 'base.raw');
  expect(image.status).toMatchObject({
    phase: 'Ready',
    progress: 100,
    format: 'raw',
    virtualSize: '2Mi',
    digest: SHA256,
    path,
  });
  expect(readFileSync(path).equals(BYTES)).toBe(true);
});

test('a raw image that begins like a qcow2 file stays byte for byte', async () => {
  await using world = createWorld();
  const folder = start(world);
  const source = join(world.folder, 'trap');
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw', source, '1M']);
  world.add('VirtualMachineImage', 'trap', { format: 'raw', source: { file: { path: source } } });
  await world.until('VirtualMachineImage', 'trap', because('Ready'));
  expect(readFileSync(join(folder, 'trap.raw')).equals(readFileSync(source))).toBe(true);
});

test('a download becomes an image, with its progress on the way', async () => {
  const seen = Promise.withResolvers<void>();
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': BYTES.length });
    let at = BYTES.length / 2;
    response.write(BYTES.subarray(0, at));
    // What is there is told once a second at most, when there is a percent more. The end is not before that was seen.
    const more = setInterval(() => {
      const next = Math.min(at + BYTES.length / 64, BYTES.length - 1);
      response.write(BYTES.subarray(at, next));
      at = next;
    }, 250);
    response.once('close', () => clearInterval(more));
    void seen.promise.then(() => {
      clearInterval(more);
      response.end(BYTES.subarray(at));
    });
  });
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineImage', 'base', { source: { http: { url: server.url, checksum: SHA256 } } });
  const half = await world.until('VirtualMachineImage', 'base', (image) => (image?.status?.progress ?? 0) >= 50);
  expect(half.status).toMatchObject({ phase: 'Downloading' });
  seen.resolve();
  const image = await world.until('VirtualMachineImage', 'base', because('Ready'));
  expect(image.status).toMatchObject({ phase: 'Ready', digest: SHA256, progress: 100 });
});

test('a wrong checksum never makes a base, and is not tried again', async () => {
  await using server = await serve(content(BYTES));
  await using world = createWorld();
  const folder = start(world);
  const checksum = `sha256:${'0'.repeat(64)}`;
  world.add('VirtualMachineImage', 'base', { source: { http: { url: server.url, checksum } } });
  const image = await world.until('VirtualMachineImage', 'base', because('ChecksumMismatch'));
  expect(image.status?.phase).toBe('Failed');
  expect(ready(image)?.message).toContain(`the checksum is ${SHA256}, not ${checksum}`);
  expect(readdirSync(folder)).toEqual([]);
  world.context.enqueue('VirtualMachineImage', { namespace: 'default', name: 'base' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(server.seen).toHaveLength(1);
});

test('a cut download is no base; it is told, and goes on where it ended', async () => {
  await using server = await serve(content(BYTES, { cutAfter: 1024 ** 2 }));
  await using world = createWorld();
  const folder = start(world);
  world.add('VirtualMachineImage', 'base', { source: { http: { url: server.url, checksum: SHA256 } } });
  const cut = await world.until('VirtualMachineImage', 'base', because('DownloadCut'));
  expect(cut.status?.path).toBeUndefined();
  expect(existsSync(join(folder, 'base.raw'))).toBe(false);
  await world.until('VirtualMachineImage', 'base', because('Ready'));
  expect(server.seen[1]).toMatch(/bytes=[1-9]/);
  expect(readdirSync(folder).sort()).toEqual(['base.raw', 'base.raw.json']);
});

test('an executor killed in the middle of a download goes on with it', async () => {
  let release = () => {};
  const blocked = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using server = await serve((request, response) => {
    if (request.headers.range) return content(BYTES)(request, response);
    response.writeHead(200, { etag: '"one"', 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, 1024 ** 2));
    void blocked.then(() => response.destroy());
  });
  await using world = createWorld();
  start(world);
  world.add('VirtualMachineImage', 'base', { source: { http: { url: server.url } } });
  await world.until('VirtualMachineImage', 'base', (image) => image?.status?.phase === 'Downloading');
  const part = join(
    world.folder,
    'pool',
    'images',
    'default',
    `.base.${world.get('VirtualMachineImage', 'base')?.metadata.uid}.part`,
  );
  await expect.poll(() => (existsSync(part) ? readFileSync(part).length : 0)).toBe(1024 ** 2);
  await world.stop();
  release();
  world.run(poolReconciler, imageReconciler);
  const image = await world.until('VirtualMachineImage', 'base', because('Ready'));
  expect(image.status?.digest).toBe(SHA256);
  expect(server.seen.at(-1)).toBe(`GET / bytes=${1024 ** 2}-`);
});

test.each(['file:///etc/passwd', 'http://169.254.169.254/latest'])('a redirect to %s is refused', async (location) => {
  await using server = await serve(redirectTo(location));
  await using world = createWorld();
  const folder = start(world);
  world.add('VirtualMachineImage', 'base', { source: { http: { url: server.url } } });
  const image = await world.until('VirtualMachineImage', 'base', because('RedirectRefused'));
  expect(image.status?.phase).toBe('Failed');
  expect(ready(image)?.message).toContain(location);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['backing file', ['-u', '-b', '/etc/passwd', '-F', 'raw']],
  ['data file', ['-o', 'data_file=/tmp/vmctl-test-data-file']],
])('a qcow2 with a %s offered as an image is refused', async (what, args) => {
  await using world = createWorld();
  const folder = start(world);
  const path = join(world.folder, 'hostile.qcow2');
  const options = args.map((argument) => argument.replace('/tmp/vmctl-test-data-file', join(world.folder, 'data')));
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, path, '1M']);
  world.add('VirtualMachineImage', 'hostile', { source: { file: { path } } });
  const image = await world.until('VirtualMachineImage', 'hostile', because('ImageRefused'));
  expect(image.status).toMatchObject({ phase: 'Failed' });
  expect(ready(image)?.message).toContain(`${path} cannot be an image`);
  expect(ready(image)?.message).toContain(what);
  expect(readdirSync(folder)).toEqual([]);
});

test('only files of allowed folders are imported, through no link', async () => {
  await using world = createWorld();
  const allowed = join(world.folder, 'allowed');
  mkdirSync(allowed);
  Object.assign(world.context.settings, { importFolders: [allowed] });
  start(world);
  const outside = file(world);
  symlinkSync(outside, join(allowed, 'link'));
  symlinkSync(world.folder, join(allowed, 'folder'));
  const paths = {
    outside,
    link: join(allowed, 'link'),
    through: join(allowed, 'folder', outside.slice(world.folder.length + 1)),
    dots: `${allowed}/../${outside.slice(world.folder.length + 1)}`,
  };
  for (const [name, path] of Object.entries(paths))
    world.add('VirtualMachineImage', name, { source: { file: { path } } });
  for (const name of Object.keys(paths)) await world.until('VirtualMachineImage', name, because('FileNotAllowed'));
  writeFileSync(join(allowed, 'inside'), BYTES);
  world.add('VirtualMachineImage', 'inside', { source: { file: { path: join(allowed, 'inside') } } });
  await world.until('VirtualMachineImage', 'inside', because('Ready'));
});

test('what is no file is refused at once, a pipe that nobody writes to included', async () => {
  await using world = createWorld();
  start(world);
  const pipe = join(world.folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  world.add('VirtualMachineImage', 'pipe', { source: { file: { path: pipe } } });
  world.add('VirtualMachineImage', 'folder', { source: { file: { path: world.folder } } });
  await world.until('VirtualMachineImage', 'pipe', because('NotAFile'));
  await world.until('VirtualMachineImage', 'folder', because('NotAFile'));
});

test('a file that is not there is told, and taken when it appears', async () => {
  await using world = createWorld();
  start(world);
  const path = join(world.folder, 'later');
  world.add('VirtualMachineImage', 'base', { source: { file: { path } } });
  const image = await world.until('VirtualMachineImage', 'base', because('FileNotFound'));
  expect(ready(image)?.message).toContain(`the file ${path} is not on this node`);
  writeFileSync(path, BYTES);
  await world.until('VirtualMachineImage', 'base', because('Ready'));
});

test('an image deleted while it is fetched leaves nothing', async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { etag: '"one"', 'content-length': BYTES.length });
    response.write(BYTES.subarray(0, 1000));
  });
  await using world = createWorld();
  const folder = start(world);
  world.add('VirtualMachineImage', 'base', { source: { http: { url: server.url } } });
  await world.until('VirtualMachineImage', 'base', (image) => image?.status?.phase === 'Downloading');
  await expect.poll(() => readdirSync(folder).length).toBe(2);
  world.delete('VirtualMachineImage', 'base');
  await world.until('VirtualMachineImage', 'base', (image) => image === undefined);
  expect(readdirSync(folder)).toEqual([]);
});
