import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { writerDisk } from '../fixtures/guests/writer.ts';
import { condition, smallMachine, startExecutor, type TestExecutor } from './harness.ts';

/** A file system of its own, which only root can mount. */
const mountable = process.getuid?.() === 0;
const MIB = 1024 ** 2;

let executor: TestExecutor;
let folder: string;

beforeAll(async () => {
  if (!mountable) return;
  folder = mkdtempSync(join(tmpdir(), 'vmctl-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0711', 'vmctl-test', folder]);
  executor = await startExecutor();
});

afterAll(async () => {
  await executor?.[Symbol.asyncDispose]();
  if (!mountable) return;
  execFileSync('umount', ['--lazy', folder]);
  rmSync(folder, { recursive: true });
});

const is = (holds: (machine: VirtualMachine) => unknown): Promise<VirtualMachine> =>
  executor.eventually('VirtualMachine', 'writer', (machine) => machine && holds(machine));

test.runIf(mountable)(
  'a disk full during a write pauses the machine with a condition, and it goes on without an error',
  async () => {
    await executor.image('writer', writerDisk({ everyTicks: 0 }));
    await executor.create('VirtualMachineStoragePool', 'small', { dir: { path: join(folder, 'pool') } });
    const ballast = join(folder, 'ballast');
    const disks = [{ name: 'root', image: { name: 'writer', pool: 'small' } }];
    const stopped = smallMachine('writer', { disks, powerState: 'Stopped', ...executor.bound });
    await executor.create('VirtualMachine', 'writer', stopped);
    await executor.eventually('VirtualMachineDisk', 'writer-root', (disk) => disk?.status?.phase === 'Ready');
    const { bavail, bsize } = statfsSync(folder);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - MIB / 4));
    await executor.patch('VirtualMachine', 'writer', { spec: { powerState: 'Running' } });
    const full = await is((machine) => condition(machine, 'DiskFull')?.status === 'True');
    expect(full.status?.powerState).toBe('Paused');
    expect(condition(full, 'Ready')).toMatchObject({ status: 'False', reason: 'DiskFull' });
    expect(condition(full, 'Ready')?.message).toContain('no room for the disks root');
    await executor.happened('writer', 'DiskFull');
    const written = (await executor.serial('writer')).match(/W \d{8}/g)?.at(-1);
    rmSync(ballast);
    const after = await is(({ status }) => status?.powerState === 'Running');
    expect(condition(after, 'DiskFull')).toBeUndefined();
    await executor.says('writer', new RegExp(`${written}\\s+(W \\d{8}\\s+){20}`));
    expect(await executor.serial('writer')).not.toMatch(/E \d{8}/);
  },
);
