import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { copyFile } from '../../executor/storage/import/copy.ts';
import { openImport } from '../../executor/storage/import/open.ts';
import { smallDisk } from '../e2e/tmpfs.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MIB = 1024 ** 2;

function source(name: string, bytes: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function copy(path: string, to: string, checksum?: string) {
  await using from = await open(path, 'r');
  return await copyFile({ from, to, checksum });
}

test('a copy is byte for byte, and what is empty stays a hole, to the last byte', async () => {
  const bytes = Buffer.concat([randomBytes(MIB + 5), Buffer.alloc(20 * MIB), randomBytes(3), Buffer.alloc(7)]);
  const to = join(folder, 'copy');
  const { sha256, mismatch } = await copy(source('sparse', bytes), to);
  expect(readFileSync(to).equals(bytes)).toBe(true);
  expect(sha256).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  expect(mismatch).toBeUndefined();
  expect(statSync(to).blocks * 512).toBeLessThan(5 * MIB);
});

test('a checksum that differs is told with both', async () => {
  const expected = `sha512:${'0'.repeat(128)}`;
  const bytes = randomBytes(1000);
  const { mismatch } = await copy(source('wrong', bytes), join(folder, 'wrong-copy'), expected);
  const actual = createHash('sha512').update(bytes).digest('hex');
  expect(mismatch).toBe(`the checksum is sha512:${actual}, not ${expected}`);
});

test('a disk that fills up in the middle of a chunk is an error, never a hole', async () => {
  const small = smallDisk(2);
  if (!small) return;
  onTestFinished(() => small[Symbol.dispose]());
  for (const leave of [0, 4096, 300_000, MIB + 4096]) {
    small.free();
    await small.fill(leave);
    const path = source('large', randomBytes(leave + 3000));
    await expect(copy(path, join(small.path, 'copy'))).rejects.toMatchObject({ code: 'ENOSPC' });
    rmSync(join(small.path, 'copy'));
  }
});

test('a link that is put in place of an allowed folder leads nowhere', async () => {
  const allowed = join(folder, 'allowed');
  execFileSync('mkdir', [allowed]);
  writeFileSync(join(allowed, 'file'), 'inside');
  await using file = await openImport(join(allowed, 'file'), [allowed]);
  execFileSync('mv', [allowed, `${allowed}-moved`]);
  execFileSync('ln', ['-s', '/etc', allowed]);
  expect((await file.readFile()).toString()).toBe('inside');
  await expect(openImport(join(allowed, 'passwd'), [allowed])).rejects.toMatchObject({
    reason: 'FileNotAllowed',
    message: expect.stringContaining('which is /etc/passwd'),
  });
});

test('a folder that only begins like an allowed one is not allowed', async () => {
  const path = source('secret', Buffer.from('x'));
  await expect(openImport(path, [folder.slice(0, -1)])).rejects.toMatchObject({ reason: 'FileNotAllowed' });
  await expect(openImport(path, [])).rejects.toThrow('no folder is allowed on this node');
  await using file = await openImport(path, [`${folder}/`]);
  expect(file.fd).toBeGreaterThan(0);
});
