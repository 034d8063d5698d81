import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { imageReconciler } from '../../executor/kinds/virtualmachineimage/index.ts';
import { poolReconciler } from '../../executor/kinds/virtualmachinestoragepool/index.ts';
import { kinds } from '../../schemas/kinds/index.ts';
import { smallDisk } from '../e2e/tmpfs.ts';
import { content, type Handler, redirectTo, serve } from '../storage/http.ts';
import { because, createWorld, ready, type World } from './world.ts';

const MIB = 1024 ** 2;
/** What no disk must ever hold. */
const SECRET = `the host's own ${randomBytes(8).toString('hex')}`;

function start(world: World, pool = join(world.folder, 'pool')): string {
  world.run(poolReconciler, imageReconciler);
  world.add('VirtualMachineStoragePool', 'default', { dir: { path: pool } });
  return pool;
}

const qemuImg = (...args: string[]) => execFileSync('qemu-img', args, { stdio: 'pipe' });
const qemuIo = (path: string, ...commands: string[]) =>
  execFileSync('qemu-io', ['-f', 'qcow2', ...commands.flatMap((one) => ['-c', one]), path], { stdio: 'pipe' });

/** Files of the pool, hidden ones included, but for the pool's own trial whether it can be written to. */
const left = (pool: string): string[] =>
  readdirSync(pool, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.vmctl-probe'))
    .map(({ name }) => name);

function qcow2(folder: string, size: string, ...args: string[]): Buffer {
  const path = join(folder, `made-${Math.random()}`);
  qemuImg('create', '-q', '-f', 'qcow2', ...args, path, size);
  return readFileSync(path);
}

const spoiled = (bytes: Buffer, change: (bytes: Buffer) => void): Buffer => {
  change(bytes);
  return bytes;
};

function converted(folder: string, format: string, ...options: string[]): Buffer {
  const [from, to] = [join(folder, `raw-${Math.random()}`), join(folder, `to-${Math.random()}`)];
  writeFileSync(from, Buffer.concat([randomBytes(3 * MIB), Buffer.alloc(MIB)]));
  qemuImg('convert', '-f', 'raw', '-O', format, ...options, from, to);
  return readFileSync(to);
}

/** A first table whose two entries name one second table: a file of 320 KiB would be as much as one likes. */
function shared(folder: string): Buffer {
  const path = join(folder, 'shared.qcow2');
  qemuImg('create', '-q', '-f', 'qcow2', path, '1G');
  qemuIo(path, 'write 0 64k', 'write 600M 64k');
  return spoiled(readFileSync(path), (bytes) => {
    const first = Number(bytes.readBigUInt64BE(40));
    bytes.copy(bytes, first + 8, first, first + 8);
  });
}

/** A second table all of whose entries name one cluster of data. */
function aliased(folder: string): Buffer {
  const path = join(folder, 'aliased.qcow2');
  qemuImg('create', '-q', '-f', 'qcow2', path, '512M');
  qemuIo(path, 'write 0 64k');
  return spoiled(readFileSync(path), (bytes) => {
    const table = Number(bytes.readBigUInt64BE(Number(bytes.readBigUInt64BE(40))) & 0x00ff_ffff_ffff_fe00n);
    for (let at = 8; at < 65_536; at += 8) bytes.copy(bytes, table + at, table, table + 8);
  });
}

/** Four second tables, each entry of which names one packed cluster: two gibibytes in half a mebibyte. */
function packedBomb(folder: string): Buffer {
  const path = join(folder, 'bomb.qcow2');
  qemuImg('create', '-q', '-f', 'qcow2', path, '2G');
  qemuIo(path, ...[0, 512, 1024, 1536].map((mebibytes) => `write -c -P 1 ${mebibytes}M 64k`));
  return spoiled(readFileSync(path), (bytes) => {
    const first = Number(bytes.readBigUInt64BE(40));
    for (let entry = 0; entry < 4; entry++) {
      const table = Number(bytes.readBigUInt64BE(first + entry * 8) & 0x00ff_ffff_ffff_fe00n);
      for (let at = 8; at < 65_536; at += 8) bytes.copy(bytes, table + at, table, table + 8);
    }
  });
}

/** Mebibytes of one byte, each cluster packed to less than a hundredth. */
function packedQcow2(folder: string): Buffer {
  const [from, to] = [join(folder, 'ones.qcow2'), join(folder, 'packed.qcow2')];
  qemuImg('create', '-q', '-f', 'qcow2', from, '64M');
  qemuIo(from, 'write -P 1 0 64M');
  qemuImg('convert', '-c', '-f', 'qcow2', '-O', 'qcow2', from, to);
  return readFileSync(to);
}

const monolithic = (change: (bytes: Buffer) => void) => (folder: string) => spoiled(converted(folder, 'vmdk'), change);
const describedAs = (from: string, to: string) =>
  monolithic((bytes) => {
    const at = bytes.indexOf(from);
    bytes.write(to.padEnd(from.length), at);
  });

const DESCRIPTION = `# Disk DescriptorFile
version=1
CID=fffffffe
parentCID=ffffffff
createType="monolithicFlat"
RW 8192 FLAT "/etc/passwd" 0
`;

/** What a person, or an attacker, offers as an image, and what is said to it. */
const FILES: readonly [string, (folder: string) => Buffer, RegExp][] = [
  [
    'a qcow2 with a backing file',
    (f) => qcow2(f, '1M', '-u', '-b', '/etc/passwd', '-F', 'raw'),
    /backing file "\/etc\/passwd"/,
  ],
  [
    'a qcow2 with a json: backing file',
    (f) =>
      qcow2(
        f,
        '1M',
        '-u',
        '-b',
        'json:{"driver":"raw","file":{"driver":"file","filename":"/etc/passwd"}}',
        '-F',
        'raw',
      ),
    /backing file "json:/,
  ],
  [
    'a qcow2 with a data file',
    (f) => qcow2(f, '1M', '-o', `data_file=${f}/data`),
    /keeps its content in the data file/,
  ],
  ['a VMDK that is a description', () => Buffer.from(DESCRIPTION), /VMDK that names other files/],
  [
    'a VMDK of several files',
    (f) => {
      const path = join(f, 'flat.vmdk');
      qemuImg('create', '-q', '-f', 'vmdk', '-o', 'subformat=twoGbMaxExtentSparse', path, '4M');
      return readFileSync(path);
    },
    /VMDK that names other files/,
  ],
  [
    'a VMDK without a capacity, whose description leads elsewhere',
    monolithic((b) => b.writeBigUInt64LE(0n, 12)),
    /only a description/,
  ],
  [
    'a VMDK with a parent',
    describedAs('createType="monolithicSparse"', 'parentFileNameHint="/a/b"'),
    /parent "\/a\/b"/,
  ],
  ['a VMDK of another type', describedAs('monolithicSparse', 'vmfsSparse'), /VMDK of the type "vmfsSparse"/],
  ['a VMDK with an extent of another kind', describedAs(' SPARSE ', ' FLAT '), /several extents, or of none/],
  ['a VMDK that is cut off', (f) => converted(f, 'vmdk').subarray(0, 700), /outside the file|no first|cut off/],
  [
    'a VHDX with a parent',
    (f) =>
      spoiled(converted(f, 'vhdx'), (b) => {
        const id = Buffer.from('3767a1ca36fa434db3b633f0aa44e76b', 'hex');
        const entry = b.indexOf(id);
        const region = b.indexOf('metadata');
        b.writeUInt32LE(2, region + b.readUInt32LE(entry + 16) + 4);
      }),
    /has a parent/,
  ],
  [
    'a VHDX that was not closed',
    (f) =>
      spoiled(converted(f, 'vhdx'), (b) => {
        for (const at of [64 * 1024, 128 * 1024]) b.fill(7, at + 48, at + 64);
      }),
    /not closed cleanly/,
  ],
  ['a VHDX that is cut off', (f) => converted(f, 'vhdx').subarray(0, 150_000), /cut off|outside the file/],
  [
    'a qcow2 of more than 60 TiB',
    (f) => spoiled(qcow2(f, '1M'), (b) => b.writeBigUInt64BE(61n * 1024n ** 4n, 24)),
    /out of bounds \(1 byte to 60 TiB\)/,
  ],
  ['a VMDK of more than 60 TiB', monolithic((b) => b.writeBigUInt64LE(1n << 50n, 12)), /out of bounds/],
  [
    'a qcow2 with a huge first table',
    (f) => spoiled(qcow2(f, '1M'), (b) => b.writeUInt32BE(0x7fffffff, 36)),
    /tables lie outside the file/,
  ],
  [
    'a qcow2 with a huge table of snapshots',
    (f) => spoiled(qcow2(f, '1M'), (b) => b.writeUInt32BE(1 << 30, 60)),
    /1073741824 snapshots/,
  ],
  [
    'a qcow2 with a table of snapshots that is not there',
    (f) =>
      spoiled(qcow2(f, '1M'), (b) => {
        b.writeUInt32BE(3, 60);
        b.writeBigUInt64BE(1n << 60n, 64);
      }),
    /table of snapshots is damaged/,
  ],
  ['a qcow2 that uses a table twice', shared, /uses one table twice/],
  ['a qcow2 that uses a cluster a thousand times', aliased, /uses its clusters twice/],
  ['a qcow2 that packs gibibytes into nothing', packedBomb, /unpack to [0-9.]+ GiB and more, over a hundredfold/],
  ['a qcow2 that is cut off', (f) => qcow2(f, '1M').subarray(0, 90), /cut off/],
  ['a qcow2 with a damaged header', (f) => spoiled(qcow2(f, '1M'), (b) => b.fill(0xff, 16, 60)), /./],
  ['gzip that is cut off', () => gzipSync(randomBytes(MIB)).subarray(0, 4000), /gzip stream is cut off or damaged/],
  [
    'xz that is cut off',
    () => execFileSync('xz', ['-c'], { input: randomBytes(MIB), maxBuffer: 2 * MIB }).subarray(0, 4000),
    /xz stream is cut off or damaged/,
  ],
  [
    'zst that is cut off',
    () => zstdCompressSync(randomBytes(MIB)).subarray(0, 4000),
    /zstd stream is cut off or damaged|no known disk format/,
  ],
  [
    'gzip that is damaged',
    () => spoiled(gzipSync(randomBytes(MIB)), (b) => b.fill(0, 500, 900)),
    /gzip stream is cut off or damaged/,
  ],
  [
    'a packed qcow2 with a backing file',
    (f) => gzipSync(qcow2(f, '1M', '-u', '-b', '/etc/passwd', '-F', 'raw')),
    /backing file/,
  ],
  ['gzip in gzip', (f) => gzipSync(gzipSync(qcow2(f, '1M'))), /format gzip, which is not taken/],
  [
    'an archive',
    () => gzipSync(execFileSync('tar', ['-c', '-C', '/', 'etc/hostname'])),
    /format tar, which is not taken/,
  ],
  ['a web page', () => Buffer.from('<html>please log in</html>'), /no known disk format/],
  ['nothing', () => Buffer.alloc(0), /it is empty/],
  ['a VDI', (f) => converted(f, 'vdi'), /format vdi, which is not taken/],
];

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

const DISK = spoiled(randomBytes(2 * MIB), (bytes) => bytes.set([0x55, 0xaa], 510));
const SHA256 = `sha256:${createHash('sha256').update(DISK).digest('hex')}`;
const endless: Handler = (_request, response) => {
  response.writeHead(200, { etag: '"one"' });
  const more = () => {
    while (response.write(ONES.subarray(0, MIB)));
  };
  response.on('drain', more);
  more();
};
const claiming =
  (bytes: number): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': bytes });
    response.write(DISK, () => setTimeout(() => response.destroy(), 50));
  };
/** The first answer is cut in the middle; the second goes on with other bytes, under the same name. */
const changing: () => Handler = () => {
  const first = content(DISK, { cutAfter: MIB });
  const second = content(Buffer.alloc(DISK.length, 'B'));
  return (request, response) => (request.headers.range ? second : first)(request, response);
};

test.each<[string, Handler, string, RegExp]>([
  [
    'a redirect to the cloud’s credentials',
    redirectTo('http://169.254.169.254/latest/meta-data'),
    'RedirectRefused',
    /169\.254\.169\.254/,
  ],
  ['a redirect to IPv6 link-local', redirectTo('http://[fe80::1]/x'), 'RedirectRefused', /fe80::1/],
  ['a redirect to a file', redirectTo('file:///etc/passwd'), 'RedirectRefused', /only http and https/],
  ['a body without end', endless, 'EndlessBody', /does not say how long it is, and goes on after/],
  ['a length that the pool has not', claiming(2 ** 50), 'TooLarge', /make room in the pool/],
  ['a length that is never reached', claiming(DISK.length * 2), 'DownloadCut', /was cut after|was cut \(/],
  [
    'content that changes between the halves',
    changing(),
    'ChecksumMismatch',
    /the checksum is sha256:[0-9a-f]{64}, not/,
  ],
])('%s never becomes an image', async (_what, handler, reason, sentence) => {
  using disk = smallDisk(48);
  if (!disk) return expect.unreachable('a tmpfs cannot be mounted: run the tests as root');
  await using server = await serve(handler);
  await using world = createWorld();
  const pool = start(world, join(disk.path, 'pool'));
  world.add('VirtualMachineImage', 'bad', { source: { http: { url: server.url, checksum: SHA256 } } });
  const image = await world.until('VirtualMachineImage', 'bad', because(reason));
  expect(image.status?.path).toBeUndefined();
  expect(ready(image)?.message).toMatch(sentence);
  world.delete('VirtualMachineImage', 'bad');
  await world.until('VirtualMachineImage', 'bad', (gone) => gone === undefined);
  expect(left(pool)).toEqual([]);
});

test('content that is another by its name is fetched from its beginning', async () => {
  const next = Buffer.from(DISK).reverse();
  next.set([0x55, 0xaa], 510);
  const [first, second] = [content(DISK, { cutAfter: MIB }), content(next, { etag: '"two"' })];
  let asked = 0;
  await using server = await serve((request, response) => (asked++ === 0 ? first : second)(request, response));
  await using world = createWorld();
  const pool = start(world);
  world.add('VirtualMachineImage', 'good', { source: { http: { url: server.url } } });
  await world.until('VirtualMachineImage', 'good', because('Ready'));
  expect(readFileSync(join(pool, 'images/default/good.raw')).equals(next)).toBe(true);
});

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
