import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { identify, lookAt, openNodes, requireOpened } from '../../../executor/kinds/virtualmachine/opened.ts';
import { startMachine } from '../../fixtures/guests/machine.ts';
import { writerDisk } from '../../fixtures/guests/writer.ts';
import { volume } from '../../qemu/inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmctl-opened-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'disk.raw');

/** A program that has a file open, as qemu would. */
async function holding(name: string, work: (pid: number) => Promise<void>): Promise<void> {
  const file = openSync(name, 'r');
  const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', file] });
  closeSync(file);
  try {
    await work(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
  }
}

test('what was looked at must be what is open: a swap in between is found out, by a link and by another file', async () => {
  writeFileSync(path, 'ours');
  const files = await identify({ data: volume(path), device: volume('/dev/null') });
  expect([...files.keys()]).toEqual([path]);
  await holding(path, (pid) => requireOpened(pid, files));
  renameSync(path, `${path}.aside`);
  symlinkSync('/etc/passwd', path);
  await holding(path, (pid) => expect(requireOpened(pid, files)).rejects.toThrow(`${path} was exchanged`));
  expect(await identify({ data: volume(path) })).not.toEqual(files);
  rmSync(path);
  writeFileSync(path, 'theirs');
  await holding(path, (pid) =>
    expect(requireOpened(pid, files)).rejects.toThrow('between the look at it and its opening'),
  );
});

test('a disk that is plugged into a machine that runs is the one that was looked at; of another nothing stays open', async () => {
  const [boot, plugged] = [join(folder, 'boot.raw'), join(folder, 'plugged.raw')];
  writeFileSync(boot, writerDisk());
  writeFileSync(plugged, Buffer.alloc(4096, 'ours'));
  await using machine = await startMachine({ diskPath: boot, format: 'raw' });
  const qmp = await machine.connect();
  const nodesNamed = async (name: string) =>
    (await qmp.execute('query-named-block-nodes', { flat: true })).filter((node) => node['node-name'] === name).length;
  const node = (name: string) => ({ driver: 'file', 'node-name': name, filename: plugged, 'read-only': true }) as const;
  const files = await lookAt({ data: { ...volume(plugged), format: 'raw' } });
  await openNodes(qmp, machine.qemu.pid, [node('before')], files);
  expect(await nodesNamed('before')).toBe(1);
  await qmp.execute('blockdev-del', { 'node-name': 'before' });
  rmSync(plugged);
  symlinkSync(boot, plugged);
  await expect(openNodes(qmp, machine.qemu.pid, [node('after')], files)).rejects.toThrow(`${plugged} was exchanged`);
  expect(await nodesNamed('after')).toBe(0);
  await expect(lookAt({ data: { ...volume(plugged), format: 'raw' } })).rejects.toThrow('is a symbolic link');
});
