import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  LOG_LIMIT_BYTES,
  observeQemu,
  QemuExitError,
  removeRecord,
  spawnQemu,
  tailLog,
  terminateQemu,
  trimLog,
  unlessExited,
} from '../../../executor/qemu/process/index.ts';
import { connectSoon, startMachine, temporaryFolder } from '../../fixtures/guests/machine.ts';

let runDir: string;
const uuid = randomUUID();
const start = (...argv: string[]) =>
  spawnQemu({ binary: 'qemu-system-x86_64', argv: ['-uuid', uuid, ...argv], uuid, runDir });

beforeEach(async () => {
  runDir = await temporaryFolder();
});
afterEach(async () => {
  await removeRecord(runDir);
  await rm(runDir, { recursive: true });
});

describe('a qemu that cannot start', () => {
  it("ends with its own words, and with this run's only", async () => {
    await writeFile(join(runDir, 'qemu.log'), 'from last year\n');
    const qemu = await start('-machine', 'no-such-machine');
    const error = await unlessExited(qemu, new Promise(() => {})).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(QemuExitError);
    expect(error).toMatchObject({ code: 1, signal: null });
    expect((error as Error).message).toMatch(
      /^qemu exited with code 1: qemu-system-x86_64: .*unsupported machine type/,
    );
    expect((error as Error).message).not.toContain('last year');
    expect(await observeQemu({ runDir, uuid })).toEqual({ state: 'gone' });
  });

  it('says which signal killed it', async () => {
    const qemu = await start('-S', '-display', 'none');
    process.kill(qemu.pid, 'SIGKILL');
    expect((await qemu.exited).message).toBe('qemu was killed by SIGKILL and said nothing');
  });

  it('says that the binary is not there', async () => {
    const missing = spawnQemu({ binary: 'qemu-system-vax', argv: ['-uuid', uuid], uuid, runDir });
    await expect(missing).rejects.toThrow(
      'cannot start qemu-system-vax: spawn qemu-system-vax ENOENT; is it installed?',
    );
    expect(await observeQemu({ runDir, uuid })).toEqual({ state: 'gone' });
  });

  it('passes a result on when qemu lives', async () => {
    await using machine = await startMachine();
    const qmp = await unlessExited(machine.qemu, machine.connect());
    expect(await qmp.execute('query-status')).toMatchObject({ running: true });
  });
});

describe('ending a qemu', () => {
  it('asks first, which lets it end in order', async () => {
    await using machine = await startMachine({ argv: ['-no-shutdown'] });
    (await connectSoon(machine.monitor)).close();
    await terminateQemu(machine.qemu, { graceMs: 60_000 });
    expect(await machine.qemu.exited).toMatchObject({ signal: null, code: 0 });
  });

  it('kills what does not end in time', async () => {
    await using machine = await startMachine();
    await terminateQemu(machine.qemu, { graceMs: 0 });
    expect(await machine.qemu.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  it('is done when it is gone already, and touches no other process of that pid', async () => {
    await using machine = await startMachine();
    await terminateQemu(machine.qemu);
    await terminateQemu(machine.qemu);
    await terminateQemu({ pid: process.pid, startTime: 1 });
  });
});

describe('the log', () => {
  it('keeps its last half once it is too long, cut at a line, while the writer goes on', async () => {
    const path = join(runDir, 'x.log');
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`);
    await writeFile(path, lines.join(''));
    await trimLog(path, 2000);
    const kept = await readFile(path, 'utf8');
    expect(kept.length).toBeLessThanOrEqual(1000);
    expect(kept).toMatch(/^line \d+\n/);
    expect(kept.endsWith('line 998\nline 999\n')).toBe(true);
    expect(await tailLog(path, { maxBytes: 9 })).toBe('line 999\n');
  });

  it('stays as it is below the limit, and need not exist', async () => {
    const path = join(runDir, 'x.log');
    await trimLog(path);
    expect(await tailLog(path)).toBe('');
    await writeFile(path, 'short\n');
    await trimLog(path);
    expect(await readFile(path, 'utf8')).toBe('short\n');
  });

  it('is never a link or a pipe that a qemu put there in its place', async () => {
    const log = join(runDir, 'qemu.log');
    const secret = join(runDir, 'secret');
    await writeFile(secret, 'root only\n');
    await symlink(secret, log);
    await expect(start('-S')).rejects.toThrow(`${log} is no ordinary file`);
    await expect(tailLog(log)).rejects.toThrow('no ordinary file');
    await rm(log);
    await link(secret, log);
    await expect(trimLog(log, 1)).rejects.toThrow('no ordinary file');
    await rm(log);
    await promisify(execFile)('mkfifo', [log]);
    await expect(tailLog(log)).rejects.toThrow('no ordinary file');
    await expect(start('-S')).rejects.toThrow('no ordinary file');
    expect(await readFile(secret, 'utf8')).toBe('root only\n');
  });

  it('is cut at the next start', async () => {
    await writeFile(join(runDir, 'qemu.log'), 'x'.repeat(LOG_LIMIT_BYTES * 2));
    const qemu = await start('-S', '-display', 'none');
    expect((await stat(join(runDir, 'qemu.log'))).size).toBeLessThanOrEqual(LOG_LIMIT_BYTES);
    await terminateQemu(qemu, { graceMs: 0 });
  });
});
