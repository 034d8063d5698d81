import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '../../host/atomic.ts';
import { listPids, readProcess } from '../../host/proc.ts';
import { findProgram, programEnvironment } from '../../host/run.ts';
import { launchCommand } from '../../qemu/process/launch.ts';
import { ProgramError } from '../run.ts';
import { type Lease, parseLeases, withoutConflicts } from './leases.ts';

/** Everything that we keep of one network on this host. */
export interface NetworkFiles {
  readonly folder: string;
  readonly config: string;
  readonly leases: string;
  readonly pid: string;
  readonly log: string;
}

export function networkFiles(home: string, uid: string): NetworkFiles {
  const folder = join(home, 'networks', uid);
  return {
    folder,
    config: join(folder, 'dnsmasq.conf'),
    leases: join(folder, 'leases'),
    pid: join(folder, 'dnsmasq.pid'),
    log: join(folder, 'dnsmasq.log'),
  };
}

export interface ObservedDnsmasq {
  /** Nothing where none runs. */
  readonly pid?: number;
  /** What it was started with. */
  readonly config?: string;
  readonly leases: readonly Lease[];
}

const START_MS = 5000;
const STOP_MS = 3000;
const POLL_MS = 10;
const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);
const argumentOf = ({ config }: NetworkFiles): string => `--conf-file=${config}`;

/** Ours is the process that was started with our file, wherever its pid is written. */
function isOurs(pid: number, files: NetworkFiles): boolean {
  const process = readProcess(pid);
  return process !== undefined && process.state !== 'Z' && process.argv.includes(argumentOf(files));
}

async function findDnsmasq(files: NetworkFiles): Promise<number | undefined> {
  const written = Number(await readText(files.pid));
  if (written > 0 && isOurs(written, files)) return written;
  return listPids().find((pid) => isOurs(pid, files));
}

export async function observeDnsmasq(files: NetworkFiles): Promise<ObservedDnsmasq> {
  const [pid, config, leases] = await Promise.all([findDnsmasq(files), readText(files.config), readText(files.leases)]);
  return {
    ...(pid !== undefined && { pid }),
    ...(config !== undefined && { config }),
    leases: parseLeases(leases ?? ''),
  };
}

/**
 * Starts a network's dnsmasq, which outlives us, and waits until it serves.
 * @param cgroupProcs the groups that it is to be in
 * @throws with its own last words
 */
export async function startDnsmasq(
  files: NetworkFiles,
  config: string,
  cgroupProcs: readonly string[] = [],
): Promise<void> {
  const binary = await findProgram('dnsmasq');
  if (binary === undefined) {
    throw new ProgramError('dnsmasq', [], Object.assign(new Error('ENOENT'), { code: 'ENOENT' }), '');
  }
  await mkdir(files.folder, { recursive: true, mode: 0o700 });
  await rm(files.pid, { force: true });
  const leases = await readText(files.leases);
  if (leases !== undefined) await writeFileAtomic(files.leases, withoutConflicts(leases, config), { durable: false });
  await writeFileAtomic(files.config, config, { durable: false });
  await serve(launchCommand([binary, '--keep-in-foreground', argumentOf(files)], { cgroupProcs }), files);
}

async function serve([program = '', ...argv]: readonly string[], files: NetworkFiles): Promise<void> {
  const log = await open(files.log, 'w', 0o600);
  try {
    const options = { detached: true, cwd: '/', env: { ...programEnvironment() } } as const;
    const child = spawn(program, argv, { ...options, stdio: ['ignore', log.fd, log.fd] });
    child.unref();
    await once(child, 'spawn');
    const deadline = Date.now() + START_MS;
    while ((await readText(files.pid)) === undefined && child.exitCode === null && Date.now() < deadline) {
      await sleep(POLL_MS);
    }
    if (child.exitCode !== null) throw new DnsmasqError((await readText(files.log)) ?? '');
  } finally {
    await log.close();
  }
}

/** dnsmasq ended at once: most often another one has the address. */
export class DnsmasqError extends Error {
  override readonly name = 'DnsmasqError';
  readonly reason = 'DnsmasqFailed';

  constructor(log: string) {
    super(`dnsmasq does not start: ${log.trim().split('\n').slice(-2).join('; ').slice(0, 500) || 'it said nothing'}`);
  }
}

/** Ends a network's dnsmasq and waits until it is gone. */
export async function stopDnsmasq(files: NetworkFiles): Promise<void> {
  const pid = await findDnsmasq(files);
  if (pid === undefined) return;
  signal(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_MS;
  while (isOurs(pid, files) && Date.now() < deadline) await sleep(POLL_MS);
  if (isOurs(pid, files)) signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
