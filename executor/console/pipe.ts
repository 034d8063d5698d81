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

interface Wanted {
  readonly path: string;
  readonly made: () => void;
  readonly failed: (error: Error) => void;
}

/** As many paths as a command line surely takes. */
const MOST_AT_ONCE = 64;
let wanted: Wanted[] = [];
let working = false;

/** Node has no call for a named pipe: of machines that start together, one program makes the pipes of all that wait for it. */
function makeFifo(path: string): Promise<void> {
  const promise = new Promise<void>((made, failed) => {
    wanted.push({ path, made, failed });
  });
  if (!working) void makeWanted();
  return promise;
}

async function makeWanted(): Promise<void> {
  working = true;
  const program = (await findProgram('mkfifo')) ?? 'mkfifo';
  while (wanted.length > 0) {
    const some = wanted.slice(0, MOST_AT_ONCE);
    wanted = wanted.slice(MOST_AT_ONCE);
    try {
      await run(program, ['--mode=0600', '--', ...some.map(({ path }) => path)]);
      for (const { made } of some) made();
    } catch (error) {
      // One that cannot be made keeps it from no other.
      for (const { path, made, failed } of some) (await isPipe(path)) ? made() : failed(error as Error);
    }
  }
  working = false;
}

/** Makes the two files of a terminal, for qemu to open. */
export async function makePipe(pipe: string, owner: Owner | undefined): Promise<void> {
  await unlessThere(symlink('/dev/null', pipeOutput(pipe)));
  const input = pipeInput(pipe);
  if (await isPipe(input)) return;
  await makeFifo(input);
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
