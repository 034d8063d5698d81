import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectQmp, type Qmp } from '../qmp/index.ts';

/** A qemu without a machine, for volumes that no machine has open. */
export interface StorageDaemon extends AsyncDisposable {
  readonly qmp: Qmp;
}

const START_MS = 10_000;
const POLL_MS = 5;
/** What it has to write when it ends is a bitmap for each disk. */
const END_MS = 10_000;
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

/**
 * Starts qemu-storage-daemon with a monitor on a socket. It ends when we do, in order: killed, it would leave bitmaps that
 * nobody can rely on.
 * @param socket at most 107 bytes long
 */
export async function startStorageDaemon(socket: string): Promise<StorageDaemon> {
  await rm(socket, { force: true });
  const monitor = [
    '--chardev',
    `socket,id=qmp,path=${socket.replaceAll(',', ',,')},server=on,wait=off`,
    '--monitor',
    'chardev=qmp',
  ];
  const bounded = ['--pdeathsig', 'TERM', '--', 'qemu-storage-daemon', ...monitor];
  const child = spawn('setpriv', bounded, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', env: ENVIRONMENT });
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    words = (words + chunk).slice(-2000);
  });
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')]).catch(() => {});
  try {
    const qmp = await connect(socket, child, () => words);
    return { qmp, [Symbol.asyncDispose]: () => end(child, ended, qmp, socket) };
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    throw error;
  }
}

async function connect(socket: string, child: ChildProcess, words: () => string): Promise<Qmp> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    try {
      return await connectQmp(socket);
    } catch (error) {
      const over = child.exitCode !== null || child.pid === undefined || performance.now() > deadline;
      if (over) throw new Error(`qemu-storage-daemon does not answer: ${words().trim() || (error as Error).message}`);
      await sleep(POLL_MS);
    }
  }
}

async function end(child: ChildProcess, ended: Promise<unknown>, qmp: Qmp, socket: string): Promise<void> {
  await qmp.execute('quit').catch(() => {});
  qmp.close();
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(timer);
  await rm(socket, { force: true });
}
