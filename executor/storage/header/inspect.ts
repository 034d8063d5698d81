import type { FileHandle } from 'node:fs/promises';
import type { VolumeFormat } from '../qemu-img/index.ts';
import { detectFormat } from './detect.ts';
import { HEADER_BYTES, parseQcow2, QCOW2_MAGIC } from './qcow2.ts';
import { refusal } from './refuse.ts';

export interface Inspected {
  readonly format: VolumeFormat;
  readonly virtualSize: bigint;
}

/** A file that must not become an image. The message is half a sentence about the file: "it has the backing file …". */
export class RefusedImageError extends Error {
  override readonly name = 'RefusedImageError';
}

/**
 * Decides, before any qemu opens it, whether a file may become an image.
 * @param declared the format that its owner gave; raw is taken byte for byte, whatever it looks like
 * @throws RefusedImageError
 */
export async function inspectImage(file: FileHandle, declared: VolumeFormat | undefined): Promise<Inspected> {
  const size = (await file.stat({ bigint: true })).size;
  if (size === 0n) throw new RefusedImageError('it is empty');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  const first = buffer.subarray(0, bytesRead);
  const format = declared ?? chooseFormat(first);
  return format === 'raw' ? { format, virtualSize: size } : inspectQcow2(first, size);
}

function chooseFormat(first: Buffer): VolumeFormat {
  const found = detectFormat(first);
  if (found === 'qcow2' || found === 'raw') return found;
  if (found !== undefined) {
    throw new RefusedImageError(
      `it is in the format ${found}, which is not taken; make a qcow2 of it with qemu-img convert`,
    );
  }
  throw new RefusedImageError(
    'its first bytes are those of no known disk format; set spec.format to raw to use it as it is',
  );
}

function inspectQcow2(first: Buffer, size: bigint): Inspected {
  if (first.length < 4 || first.readUInt32BE(0) !== QCOW2_MAGIC) {
    throw new RefusedImageError('it is declared as qcow2 but has no qcow2 header');
  }
  const header = read(first);
  const why = refusal(header, size);
  if (why !== undefined) throw new RefusedImageError(why);
  return { format: 'qcow2', virtualSize: header.virtualSize };
}

function read(first: Buffer) {
  try {
    return parseQcow2(first);
  } catch (cause) {
    throw new RefusedImageError((cause as Error).message, { cause });
  }
}
