import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { bootId, readProcess } from '../../../executor/host/proc.ts';
import {
  findQemus,
  machineOf,
  observeQemu,
  readRecord,
  removeRecord,
  terminateQemu,
  waitForExit,
  writeRecord,
} from '../../../executor/qemu/process/index.ts';
import { startMachine, temporaryFolder } from '../../fixtures/guests/machine.ts';

const UUID = 'ABCDEF01-2345-6789-abcd-ef0123456789';
const LOWER = UUID.toLowerCase();

describe('whose process it is', () => {
  it.each([
    [['/usr/bin/qemu-system-x86_64', '-uuid', UUID, '-S'], LOWER],
    [['qemu-system-aarch64', '-S', '-uuid', UUID], LOWER],
    [
      ['sh', '-c', '…', 'vmctl-launch', '1', '/sys/fs/cgroup/x', 'setpriv', '--', 'qemu-system-x86_64', '-uuid', UUID],
      LOWER,
    ],
    [['setpriv', '--reuid=1', '--', '/opt/qemu/bin/qemu-system-x86_64', '-uuid', UUID], LOWER],
    [['qemu-system-x86_64', '-name', UUID], undefined],
    [['qemu-system-x86_64', '-uuid', 'nonsense'], undefined],
    [['qemu-system-x86_64', '-uuid'], undefined],
    [['qemu-img', 'convert', '-uuid', UUID], undefined],
    [['grep', 'qemu-system-x86_64', '-uuid', UUID], undefined],
    [['vi', '/run/qemu-system-x86_64', '-uuid', UUID], undefined],
    [[], undefined],
  ])('%j is of %s', (argv, expected) => {
    expect(machineOf(argv)).toBe(expected);
  });
});

describe('observing a real qemu', () => {
  it('is running, unknown while a signal stops it, and gone after its end', async () => {
    await using machine = await startMachine();
    const { pid, startTime } = machine.qemu;
    expect(await observeQemu(machine)).toEqual({ state: 'running', pid, startTime });
    expect(await observeQemu({ ...machine, uuid: machine.uuid.toUpperCase() })).toMatchObject({ state: 'running' });

    process.kill(pid, 'SIGSTOP');
    await expect.poll(() => observeQemu(machine)).toMatchObject({ state: 'unknown', pid });
    expect(await observeQemu(machine)).toMatchObject({ reason: expect.stringContaining(`kill -CONT ${pid}`) });
    await expect(terminateQemu(machine.qemu)).rejects.toThrow('stopped by a signal');
    process.kill(pid, 'SIGCONT');
    await terminateQemu(machine.qemu);
    expect(await observeQemu(machine)).toEqual({ state: 'gone' });
  });

  it('does not take another process for it that has its pid', async () => {
    await using machine = await startMachine();
    const record = { uuid: machine.uuid, bootId: await bootId() };
    await writeRecord(machine.runDir, {
      ...record,
      pid: process.pid,
      startTime: readProcess(process.pid)?.startTime ?? 0,
    });
    expect(await observeQemu(machine)).toEqual({ state: 'gone' });
    await writeRecord(machine.runDir, { ...record, pid: machine.qemu.pid, startTime: machine.qemu.startTime + 1 });
    expect(await observeQemu(machine)).toEqual({ state: 'gone' });
  });

  it('searches for it after a crash between the intent to start and the start', async () => {
    await using machine = await startMachine();
    await writeRecord(machine.runDir, { uuid: machine.uuid, bootId: await bootId() });
    expect(await observeQemu(machine)).toMatchObject({ state: 'running', pid: machine.qemu.pid });
  });

  it('searches for it where the record is of an earlier boot, unreadable or not there', async () => {
    await using machine = await startMachine();
    await writeRecord(machine.runDir, { uuid: machine.uuid, bootId: 'earlier', pid: machine.qemu.pid, startTime: 1 });
    expect(await observeQemu(machine)).toMatchObject({ state: 'running', pid: machine.qemu.pid });
    for (const garbage of ['', '{"uuid":', 'null', '{}']) {
      await writeFile(`${machine.runDir}.qemu.json`, garbage);
      expect(await readRecord(machine.runDir)).toBeUndefined();
      expect(await observeQemu(machine)).toMatchObject({ state: 'running', pid: machine.qemu.pid });
    }
  });

  it('does not search when the record answers', async () => {
    await using machine = await startMachine();
    const find = vi.fn((uuid: string) => findQemus().get(uuid));
    await observeQemu({ ...machine, find });
    await terminateQemu(machine.qemu, { graceMs: 0 });
    expect(await observeQemu({ ...machine, find })).toEqual({ state: 'gone' });
    expect(find).not.toHaveBeenCalled();
  });

  it('says to the search whether a start was begun', async () => {
    const runDir = await temporaryFolder();
    const find = vi.fn(() => undefined);
    const uuid = randomUUID();
    await observeQemu({ runDir, uuid, find });
    await writeRecord(runDir, { uuid, bootId: await bootId() });
    await observeQemu({ runDir, uuid, find });
    expect(find.mock.calls).toEqual([
      [uuid, false],
      [uuid, true],
    ]);
    await rm(runDir, { recursive: true });
    await removeRecord(runDir);
  });

  it('is gone where there never was one', async () => {
    const runDir = await temporaryFolder();
    expect(await observeQemu({ runDir, uuid: randomUUID() })).toEqual({ state: 'gone' });
    await rm(runDir, { recursive: true });
  });
});

describe('a zombie', () => {
  it('counts as gone', async () => {
    // The shell's child ends while the shell, which has become `sleep`, never asks for its result.
    const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => readProcess(pid)?.state).toBe('Z');
    expect(await waitForExit({ pid, startTime: readProcess(pid)?.startTime ?? 0 }, 0)).toBe(true);
    parent.kill();
  });
});
