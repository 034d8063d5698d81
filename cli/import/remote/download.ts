import { type FileHandle, open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Failure } from '../../errors.ts';
import type { Host } from './connect.ts';

const BLOCK = 64 * 1024;
const ZEROES = Buffer.alloc(BLOCK);

/** Bytes of a file or of a device. @throws Failure */
export async function remoteSize(host: Host, path: string): Promise<number> {
  const { stdout, stderr } = await host.run([
    'sh',
    '-c',
    'if [ -b "$1" ]; then blockdev --getsize64 "$1"; else stat -L -c %s -- "$1"; fi',
    'sh',
    path,
  ]);
  const size = Number(stdout.trim());
  if (Number.isSafeInteger(size) && stdout.trim() !== '') return size;
  throw new Failure('failed', `${path} on ${host.name} cannot be read: ${stderr.trim() || 'it has no size'}`);
}

/** Writes what is not zero: holes of the original, and what it holds of zeroes, take no space here. */
function sparse(file: FileHandle, onBytes: (done: number) => void): Writable {
  let at = 0;
  return new Writable({
    highWaterMark: 4 * 1024 ** 2,
    write(chunk: Buffer, _, done) {
      const parts = async (): Promise<void> => {
        for (let from = 0; from < chunk.length; from += BLOCK) {
          const part = chunk.subarray(from, from + BLOCK);
          if (part.compare(ZEROES, 0, part.length) !== 0) await file.write(part, 0, part.length, at + from);
        }
        at += chunk.length;
        onBytes(at);
      };
      parts().then(() => done(), done);
    },
  });
}

/**
 * Copies one file of another host. It is packed on its way, so that empty space costs nothing, and its checksum (gzip's) and its
 * length are compared.
 *
 * @throws Failure when it did not come whole
 */
export async function download(
  host: Host,
  path: string,
  to: string,
  size: number,
  onBytes: (done: number) => void,
): Promise<void> {
  const file = await open(to, 'wx', 0o600);
  let done = 0;
  try {
    const channel = await host.start(['sh', '-c', 'exec gzip -1 -c <"$1"', 'sh', path]);
    let said = '';
    channel.stderr.on('data', (data: Buffer) => {
      said = (said + data.toString('utf8')).slice(0, 4096);
    });
    channel.end();
    const count = (bytes: number): void => {
      done = bytes;
      onBytes(bytes);
    };
    await pipeline(channel, createGunzip(), sparse(file, count)).catch((cause: Error) => {
      throw new Failure(
        'failed',
        `${path} on ${host.name} did not come whole: ${said.trim() || cause.message}`,
        undefined,
        { cause },
      );
    });
    if (done !== size)
      throw new Failure(
        'failed',
        `${path} on ${host.name} has changed while it was copied`,
        'shut the machine down first: --shutdown',
      );
    await file.truncate(size);
    await file.sync();
  } finally {
    await file.close();
  }
}
