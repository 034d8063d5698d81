import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { chown, open, symlink } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Owner } from '../host/index.ts';
import { findProgram, run } from '../host/run.ts';
import { pipeInput, pipeOutput } from '../qemu/sockets.ts';

/** What is there already is from the start before. */
async function unlessThere(work: Promise<unknown>): Promise<void> {
  await work.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Makes the two files of a terminal, for qemu to open. Node has no call for a named pipe. */
export async function makePipe(pipe: string, owner: Owner | undefined): Promise<void> {
  await unlessThere(symlink('/dev/null', pipeOutput(pipe)));
  const input = pipeInput(pipe);
  if (await isPipe(input)) return;
  await run((await findProgram('mkfifo')) ?? 'mkfifo', ['--mode=0600', '--', input]);
  if (owner) await chown(input, owner.uid, owner.gid);
}

async function isPipe(path: string): Promise<boolean> {
  const file = await open(path, PIPE).catch(() => undefined);
  const found = await file?.stat();
  await file?.close();
  return found?.isFIFO() ?? false;
}

/** Never waits for the other end, and follows no link: qemu may put anything under the name. */
const PIPE = constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/** The end of a named pipe that is written to. @throws when it is none, or nobody has made it */
export function openPipe(path: string): Socket {
  // Not a FileHandle: that closes its descriptor when nobody holds it, under the socket.
  const fd = openSync(path, PIPE);
  if (fstatSync(fd).isFIFO()) return new Socket({ fd, readable: false, writable: true });
  closeSync(fd);
  throw new Error(`${path} is no named pipe`);
}
