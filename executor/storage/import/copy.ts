import { type FileHandle, open } from 'node:fs/promises';
import { createDigests } from '../checksum.ts';
import { writeAll } from '../write-all.ts';

export interface CopyOptions {
  readonly from: FileHandle;
  readonly to: string;
  readonly checksum?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((percent: number) => void) | undefined;
}

export interface Copied {
  readonly bytes: number;
  /** `sha256:…` */
  readonly sha256: string;
  /** How the digest differs from the checksum given, in half a sentence. */
  readonly mismatch: string | undefined;
}

const CHUNK_BYTES = 1024 ** 2;

/** Copies an open file byte for byte; what is empty stays a hole. */
export async function copyFile({ from, to, checksum, signal, onProgress }: CopyOptions): Promise<Copied> {
  const { size } = await from.stat();
  const digests = createDigests(checksum);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const target = await open(to, 'w', 0o600);
  try {
    let bytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await from.read(buffer, 0, CHUNK_BYTES, bytes);
      if (bytesRead === 0) break;
      const chunk = buffer.subarray(0, bytesRead);
      digests.update(chunk);
      if (!isEmpty(chunk)) await writeAll(target, chunk, bytes);
      bytes += bytesRead;
      onProgress?.(Math.min(100, Math.floor((bytes / size) * 100)));
    }
    await target.truncate(bytes);
    return { bytes, ...digests.finish() };
  } finally {
    await target.close();
  }
}

/** A buffer that equals itself shifted by one byte, and begins with zero, is all zero: memcmp is quicker than any loop. */
const isEmpty = (chunk: Buffer): boolean => chunk[0] === 0 && chunk.subarray(1).equals(chunk.subarray(0, -1));
