import type { FileHandle } from 'node:fs/promises';
import { type ImageFormat, imageFormats } from '../../../schemas/kinds/image.ts';
import { detectFormat } from './detect.ts';
import { HEADER_BYTES, parseQcow2, QCOW2_MAGIC, type Qcow2Header } from './qcow2.ts';
import { refuseSnapshots } from './qcow2-snapshots.ts';
import { refuseTables } from './qcow2-tables.ts';
import { refusal } from './refuse.ts';
import { RefusedImageError } from './refused.ts';
import { inspectVhdx } from './vhdx.ts';
import { inspectVmdk } from './vmdk.ts';

export { RefusedImageError } from './refused.ts';

export interface Inspected {
  readonly format: ImageFormat;
  /** Bytes that a guest would see. */
  readonly virtualSize: bigint;
}

/** A file to judge: its first 64 KiB, its size in bytes, and itself for what lies further in. */
export interface Suspect {
  readonly file: FileHandle;
  readonly first: Buffer;
  readonly size: bigint;
}

/** Answers with the virtual size of a file in one format. @throws RefusedImageError */
const inspectors = {
  qcow2: inspectQcow2,
  raw: async ({ size }) => size,
  vmdk: inspectVmdk,
  vhdx: inspectVhdx,
} as const satisfies Record<ImageFormat, (suspect: Suspect) => Promise<bigint>>;

/**
 * Decides, before any qemu opens it, whether a file may become an image.
 * @param declared the format that its owner gave; raw is taken byte for byte, whatever it looks like
 * @throws RefusedImageError
 */
export async function inspectImage(file: FileHandle, declared: ImageFormat | undefined): Promise<Inspected> {
  const size = (await file.stat({ bigint: true })).size;
  if (size === 0n) throw new RefusedImageError('it is empty');
  const first = await readFirst(file);
  const format = declared ?? chooseFormat(first);
  return { format, virtualSize: await inspectors[format]({ file, first, size }) };
}

/** The first 64 KiB of a file, less where it has less. */
export async function readFirst(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  return buffer.subarray(0, bytesRead);
}

const isTaken = (format: string): format is ImageFormat => (imageFormats as readonly string[]).includes(format);

function chooseFormat(first: Buffer): ImageFormat {
  const found = detectFormat(first);
  if (found !== undefined && isTaken(found)) return found;
  if (found !== undefined) {
    throw new RefusedImageError(
      `it is in the format ${found}, which is not taken; make a qcow2 of it with qemu-img convert`,
    );
  }
  throw new RefusedImageError(
    'its first bytes are those of no known disk format; set spec.format to raw to use it as it is',
  );
}

async function inspectQcow2(suspect: Suspect): Promise<bigint> {
  const { first, size } = suspect;
  if (first.length < 4 || first.readUInt32BE(0) !== QCOW2_MAGIC) {
    throw new RefusedImageError('it is declared as qcow2 but has no qcow2 header');
  }
  const header = read(first);
  const why = refusal(header, size);
  if (why !== undefined) throw new RefusedImageError(why);
  await refuseSnapshots(suspect, header);
  await refuseTables(suspect, header);
  return header.virtualSize;
}

function read(first: Buffer): Qcow2Header {
  try {
    return parseQcow2(first);
  } catch (cause) {
    throw new RefusedImageError((cause as Error).message, { cause });
  }
}
