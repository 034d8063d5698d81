import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { launchCommand, type QemuUser } from '../qemu/process/launch.ts';
import { writeFileAtomic } from './atomic.ts';
import { bootId } from './proc.ts';

export interface IoUringOptions {
  /** The qemu binary, by path. */
  readonly binary: string;
  /** Folder where the answer is kept until the next boot, or another qemu. */
  readonly hostState: string;
  /** The user that qemu runs as: kernel.io_uring_disabled may keep it from some. */
  readonly user?: QemuUser | undefined;
}

/** What machines are confined by, too: the kernel's filter of calls may be what io_uring fails at. */
const SANDBOX = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';
/** A file that is there, and that everybody may read. */
const FILE = '/proc/self/exe';
const TIMEOUT_MS = 5000;

const argv = (binary: string): string[] => [
  ...[binary, '-machine', 'none', '-nodefaults', '-no-user-config', '-display', 'none', '-sandbox', SANDBOX],
  '-blockdev',
  JSON.stringify({ driver: 'file', 'node-name': 'probe', filename: FILE, aio: 'io_uring', 'read-only': true }),
  ...['-qmp', 'stdio'],
];

/** qemu answers, and ends, only once it has opened the file. */
const QUIT = '{"execute":"qmp_capabilities"}{"execute":"quit"}';

/** The first releases of qemu that come to the rest of a read that the end of a file cut short, by their branch; all from 10.2 on do. */
const MENDED: readonly (readonly [major: number, minor: number, patch: number])[] = [
  [10, 0, 7],
  [10, 1, 3],
];

/**
 * Whether a qemu of that version may read and write by io_uring without being asked to. Source: the round-ups of 10.0.7 and
 * 10.1.3, "block/io_uring: avoid potentially getting stuck after resubmit"; see docs/decisions/0021-io-uring-by-version.md
 */
export function isMended(version: string | undefined): boolean {
  const [major = 0, minor = 0, patch = 0] = (version ?? '').split('.', 3).map((part) => Number.parseInt(part, 10) || 0);
  const first = MENDED.find((release) => release[0] === major && release[1] === minor);
  return first ? patch >= first[2] : major > 10 || (major === 10 && minor >= 2);
}

/** Whether qemu, as it is started here, can read and write by io_uring: it is tried, since nothing else tells. Never throws. */
export async function probeIoUring(options: IoUringOptions): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(options.binary);
    const key = [await bootId(), options.binary, mtimeMs, options.user?.uid ?? process.getuid?.()].join(' ');
    const file = join(options.hostState, 'io-uring.json');
    const known = await readKnown(file, key);
    if (known !== undefined) return known;
    const works = await attempt(options);
    await writeFileAtomic(file, `${JSON.stringify({ key, works })}\n`, { durable: false });
    return works;
  } catch {
    return false;
  }
}

async function readKnown(file: string, key: string): Promise<boolean | undefined> {
  try {
    const known = JSON.parse(await readFile(file, 'utf8')) as { key?: string; works?: boolean };
    return known.key === key ? known.works : undefined;
  } catch {
    return undefined;
  }
}

function attempt({ binary, user }: IoUringOptions): Promise<boolean> {
  const [file = '', ...rest] = launchCommand(argv(binary), user ? { user } : {});
  const child = spawn(file, rest, { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/', timeout: TIMEOUT_MS });
  child.stdin.on('error', () => {}).end(QUIT);
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}
