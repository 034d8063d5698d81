import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  findQemus,
  observeQemu,
  removeRecord,
  spawnQemu,
  terminateQemu,
} from '../../../executor/qemu/process/index.ts';
import { baseArguments, connectSoon, diskArguments, temporaryFolder } from '../../fixtures/guests/machine.ts';
import { serialDisk } from '../../fixtures/guests/serial.ts';

const PARENT = fileURLToPath(new URL('./parent.ts', import.meta.url));

describe('a qemu whose parent is killed', () => {
  it('runs on without a glitch, is found again and can be talked to', async () => {
    const runDir = await temporaryFolder();
    const uuid = randomUUID();
    const diskPath = join(runDir, 'disk.img');
    await writeFile(diskPath, serialDisk({ everyTicks: 1 }));
    const argv = [...baseArguments(runDir, uuid), ...diskArguments({ diskPath })];
    const options = JSON.stringify({ binary: 'qemu-system-x86_64', argv, uuid, runDir });
    const parent = spawn(process.execPath, [PARENT, options], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const qemu = JSON.parse(line.toString()) as { pid: number; startTime: number };
    (await connectSoon(join(runDir, 'qmp.sock'))).close();
    parent.kill('SIGKILL');
    await once(parent, 'exit');

    const beats = async () => (await readFile(join(runDir, 'serial.log'), 'latin1')).split('\n').length;
    const before = await beats();
    expect(await observeQemu({ runDir, uuid })).toEqual({ state: 'running', ...qemu });
    const qmp = await connectSoon(join(runDir, 'qmp.sock'));
    expect(await qmp.execute('query-uuid')).toEqual({ UUID: uuid });
    await expect.poll(beats, { timeout: 60_000 }).toBeGreaterThan(before + 3);

    await removeRecord(runDir);
    expect(findQemus().get(uuid)).toMatchObject(qemu);
    expect(await observeQemu({ runDir, uuid })).toEqual({ state: 'running', ...qemu });

    await terminateQemu(qemu);
    expect(await observeQemu({ runDir, uuid })).toEqual({ state: 'gone' });
    await rm(runDir, { recursive: true });
  });
});

describe('what a qemu inherits', () => {
  it('is none of our sockets and files, and nothing of our environment', async () => {
    const runDir = await temporaryFolder();
    const uuid = randomUUID();
    const server = createServer().listen(join(runDir, 'ours.sock'));
    await once(server, 'listening');
    process.env['VMCTL_TEST_SECRET'] = 'hush';
    const qemu = await spawnQemu({ binary: 'qemu-system-x86_64', argv: baseArguments(runDir, uuid), uuid, runDir });
    const qmp = await connectSoon(join(runDir, 'qmp.sock'));
    const listening = (await readFile('/proc/net/unix', 'utf8')).split('\n').find((row) => row.includes('ours.sock'));
    const ours = `socket:[${listening?.trim().split(/\s+/)[6]}]`;
    const theirs = readdirSync(`/proc/${qemu.pid}/fd`).map((fd) => readlinkSync(`/proc/${qemu.pid}/fd/${fd}`));

    expect(readdirSync('/proc/self/fd').map(linkOrNothing)).toContain(ours);
    expect(theirs).not.toContain(ours);
    expect(
      theirs.filter((file) => file.startsWith('/') && !file.startsWith('/dev/') && !file.startsWith(runDir)),
    ).toEqual([]);
    expect(await readFile(`/proc/${qemu.pid}/environ`, 'utf8')).not.toContain('hush');
    const session = (await readFile(`/proc/${qemu.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[3];
    expect(Number(session)).toBe(qemu.pid);

    qmp.close();
    server.close();
    await terminateQemu(qemu, { graceMs: 0 });
    await removeRecord(runDir);
    await rm(runDir, { recursive: true });
  });
});

/** The descriptor that lists the folder is closed by the time it is looked at. */
function linkOrNothing(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
