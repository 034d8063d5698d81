import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { detectFormat } from '../../executor/storage/header/detect.ts';
import { inspectImage } from '../../executor/storage/header/inspect.ts';
import { parseQcow2 } from '../../executor/storage/header/qcow2.ts';
import type { ImageFormat } from '../../schemas/kinds/image.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-header-'));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
const fresh = (suffix = 'img') => join(folder, `${count++}.${suffix}`);

/** A file made by the real qemu-img, or from bytes. */
function make(...args: string[]): string {
  const path = fresh();
  execFileSync('qemu-img', ['create', '-q', ...args, path, '8M']);
  return path;
}

function write(bytes: Buffer | string): string {
  const path = fresh();
  writeFileSync(path, bytes);
  return path;
}

async function inspect(path: string, declared?: ImageFormat) {
  await using file = await open(path, 'r');
  return await inspectImage(file, declared);
}

/** A qcow2 file with some of its bytes changed. */
function spoil(change: (bytes: Buffer) => void): string {
  const bytes = readFileSync(make('-f', 'qcow2'));
  change(bytes);
  return write(bytes);
}

test.each([['1.1'], ['0.10']])('a qcow2 file of compat %s is read as qemu-img made it', async (compat) => {
  const path = make('-f', 'qcow2', '-o', `compat=${compat}`);
  expect(await inspect(path)).toEqual({ format: 'qcow2', virtualSize: 8n * 1024n ** 2n });
  expect(parseQcow2(readFileSync(path))).toMatchObject({
    version: compat === '1.1' ? 3 : 2,
    clusterBits: 16,
    backingFile: undefined,
    snapshots: 0,
    incompatible: 0n,
  });
});

test('zstd compression and extended L2 entries are fine', async () => {
  const path = make('-f', 'qcow2', '-o', 'compression_type=zstd,extended_l2=on,cluster_size=128k');
  expect((await inspect(path)).virtualSize).toBe(8n * 1024n ** 2n);
});

test('a backing file is refused and named, also where it is another file of the host or a json: one', async () => {
  const path = make('-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw');
  await expect(inspect(path)).rejects.toThrow('it has the backing file "/etc/passwd"');
  const json = 'json:{"driver":"raw","file":{"driver":"file","filename":"/etc/shadow"}}';
  await expect(inspect(make('-f', 'qcow2', '-u', '-b', json, '-F', 'raw'))).rejects.toThrow('backing file');
});

test('a backing file whose name lies beyond what is read is still refused', async () => {
  await expect(inspect(spoil((bytes) => bytes.writeBigUInt64BE(1n << 40n, 8)))).rejects.toThrow('backing file');
});

test('a data file is refused, by its bit and by its name', async () => {
  const data = fresh();
  const path = make('-f', 'qcow2', '-o', `data_file=${data},data_file_raw=on`);
  await expect(inspect(path)).rejects.toThrow(`it keeps its content in the data file "${data}"`);
  const bytes = readFileSync(path);
  bytes.writeBigUInt64BE(0n, 72);
  await expect(inspect(write(bytes))).rejects.toThrow('data file');
  await expect(inspect(spoil((b) => b.writeBigUInt64BE(4n, 72)))).rejects.toThrow('data file');
});

test.each<[string, (bytes: Buffer) => void, string]>([
  ['corrupt', (b) => b.writeBigUInt64BE(2n, 72), 'marked as corrupt'],
  ['dirty', (b) => b.writeBigUInt64BE(1n, 72), 'not closed cleanly'],
  [
    'with an unknown feature',
    (b) => b.writeBigUInt64BE(1n << 40n, 72),
    'features that are not known here (0x10000000000)',
  ],
  ['encrypted', (b) => b.writeUInt32BE(2, 32), 'encrypted'],
  ['of version 7', (b) => b.writeUInt32BE(7, 4), 'unknown qcow2 version 7'],
  ['of 2^40 byte clusters', (b) => b.writeUInt32BE(40, 20), 'cluster size'],
  ['of no size', (b) => b.writeBigUInt64BE(0n, 24), 'virtual size of 0 bytes'],
  ['of 2^62 bytes', (b) => b.writeBigUInt64BE(1n << 62n, 24), 'virtual size'],
  ['with a first table beyond its end', (b) => b.writeBigUInt64BE(1n << 50n, 40), 'outside the file'],
  ['with a huge first table', (b) => b.writeUInt32BE(0xffffffff, 36), 'outside the file'],
  ['with a first table too short for its size', (b) => b.writeUInt32BE(0, 36), 'outside the file'],
  ['with a huge refcount table', (b) => b.writeUInt32BE(0xffffffff, 56), 'outside the file'],
  ['with a million snapshots', (b) => b.writeUInt32BE(1_000_000, 60), '1000000 snapshots'],
])('a qcow2 file %s is refused', async (_name, change, sentence) => {
  await expect(inspect(spoil(change))).rejects.toThrow(sentence);
});

test('a cut qcow2 file is refused', async () => {
  const bytes = readFileSync(make('-f', 'qcow2'));
  await expect(inspect(write(bytes.subarray(0, 90)))).rejects.toThrow('cut off');
  await expect(inspect(write(bytes.subarray(0, 300)))).rejects.toThrow('outside the file');
});

test.each(['vdi', 'vpc', 'qed'])('a %s file is refused with what to do', async (format) => {
  await expect(inspect(make('-f', format))).rejects.toThrow(`it is in the format ${format}, which is not taken`);
});

test('a compressed file and a web page are no disks', async () => {
  await expect(inspect(write(Buffer.from('1f8b08000000', 'hex')))).rejects.toThrow('format gzip');
  await expect(inspect(write('<html>log in first</html>'))).rejects.toThrow('set spec.format to raw');
  await expect(inspect(write(''))).rejects.toThrow('it is empty');
});

test('a boot sector, a GUID table and an ISO 9660 volume are raw without being declared', () => {
  const at = (offset: number, text: string) => Buffer.concat([Buffer.alloc(offset), Buffer.from(text, 'latin1')]);
  expect(detectFormat(at(510, '\x55\xaa'))).toBe('raw');
  expect(detectFormat(at(512, 'EFI PART'))).toBe('raw');
  expect(detectFormat(at(32_769, 'CD001'))).toBe('raw');
});

test('what is declared as raw is raw, whatever it begins with', async () => {
  const path = make('-f', 'qcow2', '-u', '-b', '/etc/passwd', '-F', 'raw');
  expect(await inspect(path, 'raw')).toEqual({ format: 'raw', virtualSize: BigInt(readFileSync(path).length) });
});

test('what is declared as qcow2 must be one', async () => {
  await expect(inspect(write(Buffer.alloc(4096)), 'qcow2')).rejects.toThrow('no qcow2 header');
});
