import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layersOf, readChain } from '../../cli/import/remote/chain.ts';
import { withOwnDisks } from '../../cli/import/remote/disks.ts';
import { chainNode, flatten, readHeader } from '../../cli/import/remote/flatten.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const img = (...words: string[]): string => execFileSync('qemu-img', words, { encoding: 'utf8' });
const io = (file: string, ...commands: string[]): string =>
  execFileSync('qemu-io', [...commands.flatMap((one) => ['-c', one]), ...file.split('|')], { encoding: 'utf8' });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmctl-flatten-'));
  writeFileSync(at('secret'), 'a host’s own file');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The content of a qcow2 file, its header believed. */
function content(file: string): Buffer {
  img('convert', '-f', 'qcow2', '-O', 'raw', file, at('raw'));
  return readFileSync(at('raw'));
}

test('a chain becomes one file with what each of its files has', async () => {
  img('create', '-q', '-f', 'raw', at('base'), '1M');
  io(`-f|raw|${at('base')}`, 'write -P 1 0 64k', 'write -P 1 128k 64k');
  img('create', '-q', '-f', 'qcow2', '-b', '/gone/base', '-F', 'raw', '-u', at('middle'), '1M');
  img('create', '-q', '-f', 'qcow2', '-b', '/gone/middle', '-F', 'qcow2', '-u', at('top'), '1M');
  img('rebase', '-q', '-u', '-f', 'qcow2', '-b', at('base'), '-F', 'raw', at('middle'));
  io(`-f|qcow2|${at('middle')}`, 'write -P 2 128k 64k');
  img('rebase', '-q', '-u', '-f', 'qcow2', '-b', '/etc/passwd', '-F', 'raw', at('middle'));
  const layers = [
    { file: at('top'), format: 'qcow2' },
    { file: at('middle'), format: 'qcow2' },
    { file: at('base'), format: 'raw' },
  ] as const;
  await flatten(layers, at('flat'));
  const flat = content(at('flat'));
  expect([flat[0], flat[64 * 1024], flat[128 * 1024]]).toEqual([1, 0, 2]);
  expect(await readHeader(at('flat'))).toEqual({ hasBacking: false, hasDataFile: false });
  expect(await readHeader(at('middle'))).toMatchObject({ hasBacking: true });
});

test('no header leads to a file of this host', async () => {
  img('create', '-q', '-f', 'qcow2', '-b', at('secret'), '-F', 'raw', '-u', at('bad'), '1M');
  await flatten([{ file: at('bad'), format: 'qcow2' }], at('safe'));
  expect(content(at('safe')).includes('own file')).toBe(false);
  img('create', '-q', '-f', 'qcow2', '-o', `data_file=${at('data')}`, at('split'), '1M');
  await expect(flatten([{ file: at('split'), format: 'qcow2' }], at('never'))).rejects.toThrow(/data in another file/);
  await expect(flatten([{ file: at('secret'), format: 'qcow2' }], at('never'))).rejects.toThrow(/is said to be qcow2/);
});

test('what is encrypted is decrypted with the passphrase of a file, and with no other', async () => {
  const [right, wrong] = [at('right'), at('wrong')];
  writeFileSync(right, 'correct horse');
  writeFileSync(wrong, 'battery');
  const options = 'encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10';
  img('create', '-q', '--object', `secret,id=s,file=${right}`, '-f', 'qcow2', '-o', options, at('locked'), '1M');
  const layers = [{ file: at('locked'), format: 'qcow2' }] as const;
  await flatten(layers, at('unlocked'), { file: right });
  expect(content(at('unlocked'))).toHaveLength(1024 ** 2);
  await expect(flatten(layers, at('never'), { file: wrong })).rejects.toThrow(/Invalid password/);
  expect(chainNode([{ file: '/volume', format: 'raw' }], true)).toMatchObject({ driver: 'luks' });
});

test('each file is opened with the format that is named, and the last has nothing below it', () => {
  const layers = [
    { file: '/a,b', format: 'qcow2' },
    { file: 'json:{}', format: 'raw' },
  ] as const;
  expect(chainNode(layers, false)).toEqual({
    driver: 'qcow2',
    file: { driver: 'file', filename: '/a,b' },
    backing: { driver: 'raw', file: { driver: 'file', filename: 'json:{}' } },
  });
  expect(chainNode(layers.slice(0, 1), false)).toMatchObject({ backing: null });
});

test('a chain is what the XML says, or else what the other host reads; no format is guessed', () => {
  const source = {
    file: { path: '/top' },
    format: 'qcow2',
    backing: [{ block: { path: '/dev/vg/base' }, format: 'raw' }],
  };
  expect(layersOf({ name: 'vda', source } as never, 'the disk')).toEqual([
    { path: '/top', format: 'qcow2' },
    { path: '/dev/vg/base', format: 'raw' },
  ]);
  const answer = JSON.stringify([{ filename: '/top', 'backing-filename-format': 'raw' }, { filename: '/base' }]);
  expect(readChain(answer, 'the disk')).toEqual([{ path: '/base', format: 'raw' }]);
  const silent = JSON.stringify([{ filename: '/top' }, { filename: '/base' }]);
  expect(() => readChain(silent, 'the disk')).toThrow(/format of \/base is said nowhere/);
  const vmdk = { ...source, backing: [{ file: { path: '/x' }, format: 'vmdk' }] };
  expect(() => layersOf({ name: 'vda', source: vmdk } as never, 'the disk')).toThrow(/only qcow2 and raw/);
});

test('an encrypted disk needs the file of its passphrase, and is encrypted here again', () => {
  const secrets = [{ name: 'key' }];
  const source = { file: { path: '/a' }, format: 'qcow2', encryption: { format: 'luks', secrets } };
  const machine = {
    kind: 'VirtualMachine',
    metadata: { name: 'web' },
    spec: { disks: [{ name: 'vda', source }] },
  } as never;
  expect(() => withOwnDisks([machine], { folder: '/f', kept: true })).toThrow(/encrypted/);
  const { objects, copies } = withOwnDisks([machine], { folder: '/f', kept: true, passphrases: { vda: '/key' } });
  expect(copies).toMatchObject([{ passphrase: '/key', to: '/f/web-vda.img' }]);
  expect(objects[1]?.spec).toMatchObject({ format: 'qcow2', encryption: { secretRef: { name: 'key' } } });
});
