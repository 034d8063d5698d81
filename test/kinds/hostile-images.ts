import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { MIB, qemuImg, qemuIo } from './image-world.ts';

function qcow2(folder: string, size: string, ...args: string[]): Buffer {
  const path = join(folder, `made-${Math.random()}`);
  qemuImg('create', '-q', '-f', 'qcow2', ...args, path, size);
  return readFileSync(path);
}

export const spoiled = (bytes: Buffer, change: (bytes: Buffer) => void): Buffer => {
  change(bytes);
  return bytes;
};

export function converted(folder: string, format: string, ...options: string[]): Buffer {
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
export function packedQcow2(folder: string): Buffer {
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
export const FILES: readonly [string, (folder: string) => Buffer, RegExp][] = [
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
