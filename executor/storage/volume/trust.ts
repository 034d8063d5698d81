import { HEADER_BYTES, parseQcow2 } from '../header/qcow2.ts';
import type { File } from '../qemu-img/index.ts';
import { openVolume } from './inspect.ts';
import { readSidecar } from './ownership.ts';

/** A volume says of itself what we did not make of it. To open it would be to let it choose which files of the host are read. */
export class UntrustedVolumeError extends Error {
  override readonly name = 'UntrustedVolumeError';
  readonly reason = 'VolumeUntrusted';
}

const LONGEST_SHOWN = 200;
const shown = (name: string): string => JSON.stringify(name.slice(0, LONGEST_SHOWN));

/**
 * Says that a volume is what we made: a file under its own name, and an overlay on nothing but what the record beside it says.
 * So no chain is longer than ours, and none leads in a circle or out of the pool. A raw volume has no header to believe.
 * @throws UntrustedVolumeError, RangeError for a qcow2 volume without a header, or what `openVolume` does
 */
export async function requireTrust({ path, format }: File): Promise<void> {
  await using file = await openVolume(path);
  if (format === 'raw') return;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  const { backingFile, dataFile, incompatible } = parseQcow2(buffer.subarray(0, bytesRead));
  if (dataFile !== undefined || (incompatible & DATA_FILE) !== 0n) {
    throw new UntrustedVolumeError(`${path} has its data in another file, as none of ours has: ${NEXT}`);
  }
  if (backingFile === undefined) return;
  const { base } = (await readSidecar(`${path}.json`)) ?? {};
  if (backingFile === base) return;
  const was = base === undefined ? 'it was made on none' : `it was made on ${base}`;
  throw new UntrustedVolumeError(`${path} says that it is an overlay on ${shown(backingFile)}, and ${was}: ${NEXT}`);
}

/** Bit 2 of the incompatible features, docs/interop/qcow2.txt of qemu. */
const DATA_FILE = 4n;
const NEXT = 'put the volume back from a copy, or delete the disk';
