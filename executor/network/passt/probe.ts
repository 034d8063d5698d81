import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { findProgram, programEnvironment, run } from '../../host/run.ts';
import { launchCommand, type QemuUser } from '../../qemu/process/launch.ts';
import { passtArguments } from './arguments.ts';

/** Longer than any passt needs to see that its cable leads nowhere. */
const LIMIT_MS = 5000;
const MAC = '52:55:00:00:00:00';

export interface PasstProbe {
  readonly works: boolean;
  /** Why not, as a sentence. */
  readonly reason?: string;
}

const no = (reason: string): PasstProbe => ({ works: false, reason });

/**
 * Whether passt can be used: it is there, it may confine itself as it wants to, it takes a connection that is made, and qemu has the
 * other end (`-netdev stream`). It is run once, on a cable that is cut.
 */
export async function probePasst({
  binary,
  user,
}: {
  binary: string;
  user?: QemuUser | undefined;
}): Promise<PasstProbe> {
  const passt = await findProgram('passt');
  if (!passt) return no('passt is not installed');
  const kinds = await run(binary, ['-netdev', 'help']).catch(() => '');
  if (!/^stream$/m.test(kinds)) return no('qemu cannot be connected to passt (-netdev stream, from 7.2 on)');
  const folder = await mkdtemp(join(tmpdir(), 'vmctl-passt-'));
  try {
    return await tryCut(passt, join(folder, 'cable'), user);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function tryCut(passt: string, path: string, user: QemuUser | undefined): Promise<PasstProbe> {
  const server = createServer((other) => other.destroy()).listen(path);
  await once(server, 'listening');
  const cable = connect({ path });
  cable.pause();
  await once(cable, 'connect');
  const [file = '', ...argv] = launchCommand([passt, ...passtArguments({ mac: MAC }, { forwards: [] }), '--stderr'], {
    ...(user && { user }),
  });
  const child = spawn(file, argv, {
    stdio: [cable, 'ignore', 'pipe', cable],
    cwd: '/',
    env: programEnvironment(),
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const words = child.stderr ? text(child.stderr) : '';
  const [code, signal] = await once(child, 'close');
  cable.destroy();
  server.close();
  if (code === 0) return { works: true };
  const said = (await words).trim().split('\n').slice(-3).join('; ');
  return no(`passt cannot be run: ${said || `it ended with ${signal ?? code}`}`.slice(0, 500));
}
