import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { writeFileAtomic } from '../../host/atomic.ts';
import { bootId } from '../../host/proc.ts';
import { findProgram, programEnvironment, run } from '../../host/run.ts';
import { launchCommand, type QemuUser } from '../../qemu/process/launch.ts';
import { type PasstGuest, passtArguments } from './arguments.ts';

/** Longer than any passt needs to see that its cable leads nowhere. */
const LIMIT_MS = 5000;
const MAC = '52:55:00:00:00:00';

export interface PasstProbe {
  readonly works: boolean;
  /** Whether it takes other forwards while it runs: only then user networks are on it where nobody has chosen. */
  readonly pesto: boolean;
  /** What it says of itself, `passt 0.0~git20250503.587980c-2`. */
  readonly version?: string;
  /** Why user networks are slirp where nobody has chosen, as a sentence. */
  readonly reason?: string;
}

export interface PasstProbeOptions {
  /** The qemu binary, by path. */
  readonly binary: string;
  readonly user?: QemuUser | undefined;
  /** A folder that is made for the probe and removed; its parent is there, and open to the user. */
  readonly folder: string;
  /** Where the answer is kept until the next boot, or another passt or qemu; it is not kept where nothing is given. */
  readonly hostState?: string;
}

interface Programs {
  readonly passt: string;
  readonly pesto: string | undefined;
}

const no = (reason: string): PasstProbe => ({ works: false, pesto: false, reason });

/**
 * Whether passt can be used, and how: it is there, it may confine itself as it wants to, it takes a connection that is made, and qemu
 * has the other end (`-netdev stream`). Where it is not installed, nothing is run.
 */
export async function probePasst(options: PasstProbeOptions): Promise<PasstProbe> {
  const passt = await findProgram('passt');
  if (!passt) return no('passt is not installed');
  const programs = { passt, pesto: await findProgram('pesto') };
  const key = await keyOf(programs, options);
  const file = options.hostState && join(options.hostState, 'passt.json');
  const known = file && (await readKnown(file, key));
  if (known) return known;
  const probe = await tryPrograms(programs, options).catch((error: Error) =>
    no(`it cannot be tried: ${error.message}`),
  );
  if (file) await writeFileAtomic(file, `${JSON.stringify({ key, probe })}\n`, { durable: false });
  return probe;
}

/** Another boot may have another kernel; another program is a new question. */
async function keyOf({ passt, pesto }: Programs, { binary, user }: PasstProbeOptions): Promise<string> {
  const seen = [binary, passt, pesto].filter((path) => path !== undefined);
  const times = await Promise.all(seen.map(async (path) => `${path} ${(await stat(path)).mtimeMs}`));
  return [await bootId(), ...times, user?.uid ?? process.getuid?.()].join(' ');
}

const readKnown = (file: string, key: string): Promise<PasstProbe | undefined> =>
  readFile(file, 'utf8').then(
    (words) => {
      const known = JSON.parse(words) as { key?: string; probe?: PasstProbe };
      return known.key === key ? known.probe : undefined;
    },
    () => undefined,
  );

async function tryPrograms(
  { passt, pesto }: Programs,
  { binary, user, folder }: PasstProbeOptions,
): Promise<PasstProbe> {
  const kinds = await run(binary, ['-netdev', 'help']).catch(() => '');
  if (!/^stream$/m.test(kinds)) return no('qemu cannot be connected to passt (-netdev stream, from 7.2 on)');
  const version = (await run(passt, ['--version']).catch(() => '')).split('\n')[0]?.slice(0, 100) || 'passt';
  try {
    await mkdir(folder, { mode: 0o700 });
    if (user) await chown(folder, user.uid, user.gid);
    const plain = await tryCut(passt, folder, user);
    if (plain !== undefined) return { ...no(plain), version };
    const why =
      pesto === undefined ? 'pesto is not installed' : await tryCut(passt, folder, user, join(folder, 'c.sock'));
    if (why === undefined) return { works: true, pesto: true, version };
    const reason = `${version} takes no other forwards while it runs: ${why}`;
    return { works: true, pesto: false, version, reason };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs it on a cable that is cut. @returns why that failed; nothing where it did not */
async function tryCut(
  passt: string,
  folder: string,
  user: QemuUser | undefined,
  control?: PasstGuest['control'],
): Promise<string | undefined> {
  const path = join(folder, control === undefined ? 'cable' : 'cable2');
  const server = createServer((other) => other.destroy()).listen(path);
  await once(server, 'listening');
  const cable = connect({ path });
  cable.pause();
  await once(cable, 'connect');
  const words = [passt, ...passtArguments({ mac: MAC, control }, []), '--stderr'];
  const [file = '', ...argv] = launchCommand(words, user ? { user } : {});
  const child = spawn(file, argv, {
    stdio: [cable, 'ignore', 'pipe', cable],
    cwd: '/',
    env: programEnvironment(),
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const said = child.stderr ? text(child.stderr) : '';
  const [code, signal] = await once(child, 'close');
  cable.destroy();
  server.close();
  if (code === 0) return undefined;
  const last = (await said).trim().split('\n').slice(-3).join('; ');
  return `it cannot be run: ${last || `it ended with ${signal ?? code}`}`.slice(0, 500);
}
