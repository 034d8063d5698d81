import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../host/index.ts';
import type { ConsoleLog } from './log-file.ts';

/** File systems free whole blocks only. */
const BLOCK_BYTES = 4096;
/** Bytes of a block as stat counts them, whatever the file system's are. */
const STAT_BLOCK_BYTES = 512;

/**
 * Frees what a log has before its kept bytes, by a hole: qemu goes on writing at the end meanwhile, and nothing is lost
 * or moved as a rotation would. The file is passed as a descriptor, since qemu may put anything under its name.
 */
export async function boundLog({ path, keptBytes }: ConsoleLog): Promise<void> {
  const file = await openRegular(path, constants.O_RDWR);
  if (!file) return;
  try {
    const { size, blocks } = await file.stat();
    const beyond = Math.floor((size - keptBytes) / BLOCK_BYTES) * BLOCK_BYTES;
    // A hole below the rest is there already when the file takes no more than what is kept and some.
    if (beyond > 0 && blocks * STAT_BLOCK_BYTES > keptBytes + BLOCK_BYTES) await punch(file, beyond);
  } finally {
    await file.close();
  }
}

async function punch(file: FileHandle, length: number): Promise<void> {
  const args = ['--punch-hole', '--offset', '0', '--length', String(length), '/proc/self/fd/3'];
  const child = spawn('fallocate', args, { stdio: ['ignore', 'ignore', 'ignore', file.fd] });
  const [code] = await once(child, 'exit');
  if (code !== 0)
    throw new Error(`fallocate could not free the first ${length} bytes of a console's log (exit ${code})`);
}
