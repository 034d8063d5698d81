import { type FileHandle, open } from 'node:fs/promises';
import type { ImageCompression } from '../../../schemas/kinds/image.ts';
import { humanSize } from '../../../schemas/types/size.ts';
import { RefusedImageError, requireHonest } from '../header/refused.ts';
import { openPacked } from './decompress.ts';
import { SparseWriter } from './sparse.ts';

/** What unpacking may cost. */
export interface UnpackLimits {
  /** Bytes that may take room: what is free in the pool. */
  readonly room: bigint;
  /** Bytes that the result may have, holes included: what the pool could hold at all. */
  readonly size: bigint;
  readonly milliseconds: number;
}

export interface UnpackOptions {
  readonly from: FileHandle;
  readonly to: string;
  readonly packed: Exclude<ImageCompression, 'none'>;
  readonly limits: UnpackLimits;
  readonly signal: AbortSignal;
}

const LEAST_MS = 120_000;
/** Bytes per millisecond of packed data that even a slow processor unpacks: what bounds the time. */
const SLOWEST = 1000;

/** Milliseconds that so many packed bytes may take. */
export const unpackingMs = (packedBytes: bigint): number => LEAST_MS + Math.ceil(Number(packedBytes) / SLOWEST);

/**
 * Unpacks a file. Nothing that is packed tells how large it becomes, so everything is counted: room, length, time, and how many
 * times more it is than it was.
 * @throws RefusedImageError, or the signal's reason
 */
export async function unpack({ from, to, packed, limits, signal }: UnpackOptions): Promise<void> {
  const { size: packedBytes } = await from.stat({ bigint: true });
  const timeout = AbortSignal.timeout(limits.milliseconds);
  const stop = AbortSignal.any([signal, timeout]);
  await using target = await open(to, 'w', 0o600);
  const writer = new SparseWriter(target);
  const content = await openPacked(from, packed, stop);
  const abort = () => content.destroy(stop.reason);
  stop.addEventListener('abort', abort, { once: true });
  try {
    for await (const chunk of content as AsyncIterable<Buffer>) {
      stop.throwIfAborted();
      await writer.write(chunk);
      requireBounds(writer, packedBytes, limits);
    }
    await writer.end();
    requireBounds(writer, packedBytes, limits);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (timeout.aborted)
      throw new RefusedImageError(`it was not unpacked within ${Math.round(limits.milliseconds / 1000)} s`);
    throw explain(error as NodeJS.ErrnoException, packed);
  } finally {
    stop.removeEventListener('abort', abort);
    content.destroy();
  }
}

function requireBounds({ bytes, written }: SparseWriter, packedBytes: bigint, { room, size }: UnpackLimits): void {
  if (BigInt(written) > room) {
    throw new RefusedImageError(
      `it unpacks to more than the ${humanSize(room)} that are free in the pool: make room in it`,
    );
  }
  if (BigInt(bytes) > size)
    throw new RefusedImageError(`it unpacks to more than the ${humanSize(size)} of the whole pool`);
  requireHonest(packedBytes, BigInt(written));
}

/** Errors of the pool's file system are no fault of the image. */
function explain(error: NodeJS.ErrnoException, packed: string): Error {
  if (error instanceof RefusedImageError || /^E[A-Z]+$/.test(error.code ?? '')) return error;
  return new RefusedImageError(`its ${packed} stream is cut off or damaged (${error.message})`, { cause: error });
}
