import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { identify, requireOpened } from '../../../executor/kinds/virtualmachine/opened.ts';
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
  await holding(path, (pid) => expect(requireOpened(pid, files)).rejects.toThrow('while the machine started'));
});
