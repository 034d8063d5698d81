import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchCommand, type QemuUser } from '../qemu/process/launch.ts';
import { bootDisk } from './machine-code.ts';
import { probeGuest, READY } from './probe-guest.ts';

export type ProbeResult = { readonly spoke: true } | { readonly spoke: false; readonly reason: string };

export interface RunProbeOptions {
  readonly binary: string;
  readonly user?: QemuUser;
  readonly timeoutMs: number;
  /** `kvm` with the host's own processor when left out, as machines have it. */
  readonly acceleration?: readonly string[];
}

/** The descriptor by which qemu, whoever it runs as, gets at the disk. */
const DISK_FD = 3;
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';
const KVM = ['-accel', 'kvm', '-cpu', 'host'];
const WORDS_BYTES = 8192;

/** Boots the test guest and waits for its word. The qemu is gone afterwards, whatever happened. */
export async function runProbe(options: RunProbeOptions): Promise<ProbeResult> {
  const disk = await openGuest();
  try {
    return await watch(start(options, disk.fd), options.timeoutMs);
  } finally {
    await disk.close();
  }
}

function start({ binary, user, acceleration = KVM }: RunProbeOptions, disk: number): ChildProcess {
  const node = {
    driver: 'raw',
    'node-name': 'disk',
    'read-only': true,
    file: { driver: 'file', filename: '/dev/fdset/1' },
  };
  const argv = [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-sandbox', SANDBOX, '-m', '16', ...acceleration],
    ...['-add-fd', `fd=${DISK_FD},set=1`, '-blockdev', JSON.stringify(node), '-device', 'virtio-blk-pci,drive=disk'],
    ...['-serial', 'stdio'],
  ];
  const [file = '', ...rest] = launchCommand([binary, ...argv], user ? { user } : {});
  return spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe', disk], cwd: '/' });
}

async function watch(qemu: ChildProcess, timeoutMs: number): Promise<ProbeResult> {
  let said = '';
  let complaints = '';
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const timer = setTimeout(
    () => resolve({ spoke: false, reason: `a test guest said nothing within ${timeoutMs} ms` }),
    timeoutMs,
  );
  qemu.stdout?.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-WORDS_BYTES);
    if (said.includes(READY)) resolve({ spoke: true });
  });
  qemu.stderr?.on('data', (chunk: Buffer) => {
    complaints = `${complaints}${chunk}`.slice(-WORDS_BYTES);
  });
  qemu.once('error', (error) => resolve({ spoke: false, reason: error.message }));
  qemu.once('close', () => resolve({ spoke: false, reason: firstError(complaints) }));
  const result = await promise;
  clearTimeout(timer);
  await end(qemu);
  return result;
}

async function end(qemu: ChildProcess): Promise<void> {
  if (qemu.pid === undefined || qemu.exitCode !== null || qemu.signalCode !== null) return;
  qemu.kill('SIGKILL');
  await once(qemu, 'exit');
}

/** qemu warns of every processor feature that is missing; its first other line is what it died of. */
function firstError(complaints: string): string {
  const line = complaints.split('\n').find((words) => words !== '' && !words.includes('warning:'));
  return line ? `qemu said “${line.trim()}”` : 'qemu ended without a word';
}

/** A disk without a name: nobody but who has the descriptor finds it, and it is gone with the last of them. */
async function openGuest(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-probe-'));
  try {
    const path = join(folder, 'disk');
    await writeFile(path, bootDisk(probeGuest()));
    return await open(path, 'r');
  } finally {
    await rm(folder, { recursive: true });
  }
}
