import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { openRegular } from '../../host/open-regular.ts';
import { bootId, readProcess } from '../../host/proc.ts';
import { type LaunchOptions, launchCommand } from './launch.ts';
import { tailLog, trimLog } from './log.ts';
import { writeRecord } from './record.ts';

export interface SpawnOptions extends LaunchOptions {
  /** The qemu binary, by name or path. */
  readonly binary: string;
  /** Its arguments; `-uuid` must be among them with `uuid`, else nobody knows the process again. */
  readonly argv: readonly string[];
  readonly uuid: string;
  /** The machine's own 0700 folder; the pid record goes beside it. */
  readonly runDir: string;
  /** Where qemu's own words go; `<runDir>/qemu.log` when left out. */
  readonly logPath?: string;
  /** Descriptors that qemu is handed, from 3 on in their order. */
  readonly descriptors?: readonly number[];
  /** qemu's whole environment; a minimal one when left out, so that none of ours leaks. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface QemuProcess {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTime: number;
  /** Settles when qemu ends while we are its parent, with the reason in words. Never rejects. */
  readonly exited: Promise<QemuExitError>;
}

/** qemu ended by itself. The message ends with what it wrote last. */
export class QemuExitError extends Error {
  override readonly name = 'QemuExitError';
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what qemu wrote to stderr in this run. */
  readonly stderr: string;

  constructor(how: { code: number | null; signal: NodeJS.Signals | null; stderr: string }) {
    const end = how.signal ? `was killed by ${how.signal}` : `exited with code ${how.code}`;
    super(`qemu ${end}${how.stderr ? `: ${how.stderr}` : ' and said nothing'}`);
    this.code = how.code;
    this.signal = how.signal;
    this.stderr = how.stderr;
  }
}

const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Starts a qemu that outlives us: its own session, no descriptor of ours (Node opens all of them close-on-exec), output
 * to a file. The intent is recorded first, so that a crash between the two never hides a running machine.
 * @throws when the binary, or a program that prepares for it, cannot be started
 */
export async function spawnQemu(options: SpawnOptions): Promise<QemuProcess> {
  const { runDir, uuid } = options;
  const logPath = options.logPath ?? join(runDir, 'qemu.log');
  const record = { uuid, bootId: await bootId() };
  await Promise.all([writeRecord(runDir, record), trimLog(logPath)]);
  const log = await openLog(logPath);
  try {
    const { size: from } = await log.stat();
    const child = start(options, log.fd);
    const exited = describeExit(child, logPath, from);
    await once(child, 'spawn').catch((cause: Error) => {
      throw new Error(`cannot start ${child.spawnfile}: ${cause.message}; is it installed?`, { cause });
    });
    const pid = child.pid as number;
    const startTime = readProcess(pid)?.startTime ?? 0;
    await writeRecord(runDir, { ...record, pid, startTime });
    return { pid, startTime, exited };
  } finally {
    await log.close();
  }
}

/**
 * `work`, unless qemu ends before it is done.
 * @throws QemuExitError with qemu's last words, which say more than the broken connection that the work met
 */
export async function unlessExited<T>(qemu: QemuProcess, work: Promise<T>): Promise<T> {
  const ended = qemu.exited.then((error) => {
    throw error;
  });
  ended.catch(() => {});
  return Promise.race([work, ended]);
}

function start(options: SpawnOptions, log: number): ChildProcess {
  const [file = '', ...argv] = launchCommand([options.binary, ...options.argv], options);
  const env = options.env ?? ENVIRONMENT;
  const stdio = ['ignore' as const, log, log, ...(options.descriptors ?? [])];
  const child = spawn(file, argv, { detached: true, stdio, cwd: '/', env });
  child.unref();
  return child;
}

async function openLog(path: string): Promise<FileHandle> {
  const log = await openRegular(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  if (!log) throw new Error(`the folder of ${path} is not there`);
  return log;
}

async function describeExit(child: ChildProcess, logPath: string, from: number): Promise<QemuExitError> {
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (...how) => resolve(how));
    child.once('error', () => resolve([127, null]));
  });
  return new QemuExitError({ code, signal, stderr: (await tailLog(logPath, { from })).trim() });
}
