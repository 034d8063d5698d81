import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  claimVolume,
  readWriter,
  releaseVolume,
  VolumeInUseError,
  type Writer,
  writerPath,
} from '../../executor/storage/volume/writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-writer-'));
const volume = join(folder, 'web-root.qcow2');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(writerPath(volume), { force: true }));

const writer = (name: string, more: Partial<Writer> = {}): Writer => ({
  machine: { namespace: 'default', name, uid: `uid-${name}` },
  node: 'n1',
  host: 'host-1',
  bootId: 'boot-1',
  ...more,
});

const everyone = () => true;
const nobody = () => false;

test('the first writer is named to the second, on this host and on others', async () => {
  await claimVolume(volume, writer('first'), everyone);
  const second = claimVolume(volume, writer('second'), everyone);
  await expect(second).rejects.toThrow(
    /the machine default\/first of the node n1 writes to .*web-root\.qcow2: stop it/,
  );
  const elsewhere = claimVolume(volume, writer('second', { node: 'n2', host: 'host-2', bootId: 'boot-2' }), nobody);
  await expect(elsewhere).rejects.toBeInstanceOf(VolumeInUseError);
  await expect(elsewhere).rejects.toThrow(
    `if that node is gone for good, fence it (vmctl node fence), or remove ${writerPath(volume)}`,
  );
});

test('who asks again, or comes after one that is gone, gets it', async () => {
  await claimVolume(volume, writer('first'), everyone);
  await claimVolume(volume, writer('first'), everyone);
  await claimVolume(volume, writer('second'), nobody);
  expect((await readWriter(volume))?.machine.name).toBe('second');
  await claimVolume(volume, writer('third', { bootId: 'boot-2' }), everyone);
  expect((await readWriter(volume))?.machine.name).toBe('third');
});

test('the same machine on another host is another writer, until the first node is fenced', async () => {
  await claimVolume(volume, writer('first'), everyone);
  const moved = writer('first', { node: 'n2', host: 'host-2', bootId: 'boot-2' });
  await expect(claimVolume(volume, moved, everyone)).rejects.toBeInstanceOf(VolumeInUseError);
  await expect(claimVolume(volume, moved, everyone, async ({ node }) => node === 'n3')).rejects.toThrow('fence it');
  await claimVolume(volume, moved, everyone, async ({ node }) => node === 'n1');
  expect(await readWriter(volume)).toEqual(moved);
  await releaseVolume(volume, 'uid-first', 'n1');
  expect(await readWriter(volume)).toEqual(moved);
});

test('a machine gives free only what it has, and leaves no other file', async () => {
  await claimVolume(volume, writer('first'), everyone);
  await releaseVolume(volume, 'uid-second', 'n1');
  expect((await readWriter(volume))?.machine.name).toBe('first');
  await releaseVolume(volume, 'uid-first', 'n1');
  expect(readdirSync(folder)).toEqual([]);
});

test('of many at once exactly one gets it', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `m${index}`);
  const results = await Promise.allSettled(names.map((name) => claimVolume(volume, writer(name), everyone)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a record that was cut off by a power cut keeps nobody away', async () => {
  writeFileSync(writerPath(volume), '{"machine":');
  await claimVolume(volume, writer('first'), everyone);
  expect(existsSync(writerPath(volume))).toBe(true);
});
