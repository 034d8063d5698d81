import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writerDisk, writtenNumbers } from '../fixtures/guests/writer.ts';
import { run, VMCTL } from './cli-home.ts';
import { lastWritten, writtenBeyond } from './guest.ts';
import { smallMachine, startExecutor, type TestExecutor } from './harness.ts';

let executor: TestExecutor;

beforeAll(async () => {
  executor = await startExecutor();
  await executor.image('writer', writerDisk());
  const nic = { name: 'eth0', network: { name: 'default' }, macAddress: '52:54:00:00:00:01' };
  await executor.create('VirtualMachine', 'web', smallMachine('writer', { interfaces: [nic] }));
  await writtenBeyond(executor, 'web', 2);
});
afterAll(() => executor?.[Symbol.asyncDispose]());

async function vmctl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(VMCTL, args, { env: executor.env });
  if (code !== 0) throw new Error(`vmctl ${args.join(' ')}: ${code}\n${stdout}${stderr}`);
  return stdout;
}
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('a backup into a folder, an export of it, and a machine restored from it when the first is gone', async () => {
  const folder = join(executor.home, 'usb');
  const before = await lastWritten(executor, 'web');
  await vmctl('backup', 'web', 'first', '--folder', folder, '--wait');
  await writtenBeyond(executor, 'web', before + 3);
  await vmctl('backup', 'create', 'web', 'second', '--folder', folder, '--wait');
  expect(await vmctl('snapshot', 'list', 'web')).toMatch(/first.*Full.*second.*Incremental/s);
  const at = await lastWritten(executor, 'web');
  await vmctl('snapshot', 'export', 'second', join(executor.home, 'out'), '--format', 'raw');
  const exported = readFileSync(join(executor.home, 'out/root.raw'));
  const numbers = writtenNumbers(exported);
  expect(numbers.at(-1)).toBeGreaterThan(before);
  expect(numbers.at(-1)).toBeLessThanOrEqual(at + 1);
  await vmctl('delete', 'vm', 'web');
  await vmctl('restore', 'second', 'again', '--wait');
  const restored = await executor.eventually(
    'VirtualMachineDisk',
    'again-root',
    (disk) => disk?.status?.phase === 'Ready',
  );
  await run('qemu-img', [
    'convert',
    '-f',
    'qcow2',
    '-O',
    'raw',
    restored.status?.path ?? '',
    join(executor.home, 'again.raw'),
  ]);
  expect(hash(readFileSync(join(executor.home, 'again.raw')))).toBe(hash(exported));
  await vmctl('start', 'again', '--wait');
  expect(await writtenBeyond(executor, 'again', numbers.at(-1) ?? 0)).toBeGreaterThan(before);
  const machine = await executor.eventually('VirtualMachine', 'again', (one) => one);
  expect(machine.spec.interfaces?.[0]?.macAddress).toBeUndefined();
});

test('a clone of a snapshot is a machine of its own; a revert leaves the machine as asked', async () => {
  await vmctl('snapshot', 'create', 'again', 'point', '--method', 'External', '--wait');
  const said = await vmctl('snapshot', 'clone', 'point', 'twin', '--start', '--wait');
  expect(said).toContain('twin created');
  await writtenBeyond(executor, 'twin', 1);
  await vmctl('snapshot', 'revert', 'point', '--power', 'stopped', '--wait');
  await executor.eventually(
    'VirtualMachine',
    'again',
    (one) => one?.status?.powerState === 'Stopped' && one.spec.powerState === 'Stopped',
  );
  await vmctl('snapshot', 'schedule', 'again', '30 3 * * *', '--keep', '3', '--time-zone', 'Europe/Berlin');
  const scheduled = await executor.eventually(
    'VirtualMachine',
    'again',
    (one) => one?.status?.snapshotSchedule?.nextTime,
  );
  expect(scheduled.spec.snapshotSchedule).toMatchObject({ cron: '30 3 * * *', keep: 3, timeZone: 'Europe/Berlin' });
  await vmctl('snapshot', 'schedule', 'again', '--off');
  await executor.eventually('VirtualMachine', 'again', (one) => one?.status?.snapshotSchedule === undefined);
});
