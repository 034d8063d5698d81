import type { Suspect } from './inspect.ts';
import { FEATURE, type Qcow2Header } from './qcow2.ts';
import { RefusedImageError, requireHonest } from './refused.ts';

/** Bits 9 to 55 of an entry are an offset in the file (docs/interop/qcow2.txt). */
const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n;
const COMPRESSED = 1n << 62n;
const L1_READ_BYTES = 1024 ** 2;

interface Shape {
  readonly clusterBytes: number;
  readonly entryBytes: 8 | 16;
  /** The file's end, up to the end of its last cluster, which may be cut short. */
  readonly end: bigint;
}

interface Counted {
  stored: bigint;
  compressed: bigint;
}

/**
 * Walks the tables that say where each cluster lies. Two entries that share a table or a cluster let a mebibyte claim to be
 * sixty tebibytes of data, which a copy would write out.
 * @throws RefusedImageError
 */
export async function refuseTables(suspect: Suspect, header: Qcow2Header): Promise<void> {
  const clusterBytes = 1 << header.clusterBits;
  const cluster = BigInt(clusterBytes);
  const extended = (header.incompatible & FEATURE.extendedL2) !== 0n;
  const end = ((suspect.size + cluster - 1n) / cluster) * cluster;
  const shape: Shape = { clusterBytes, entryBytes: extended ? 16 : 8, end };
  const counted: Counted = { stored: 0n, compressed: 0n };
  const seen = new Set<bigint>();
  for await (const offset of l2Tables(suspect, header)) {
    if (offset + cluster > end)
      throw new RefusedImageError('its tables lie outside the file: it is cut off or damaged');
    if (seen.has(offset))
      throw new RefusedImageError('it uses one table twice, so it would unpack to more than it holds');
    seen.add(offset);
    await count(suspect, offset, shape, counted);
    if (counted.stored * cluster > end) {
      throw new RefusedImageError('it uses its clusters twice, so it would unpack to more than it holds');
    }
    requireHonest(suspect.size, (counted.stored + counted.compressed) * cluster);
  }
}

/** Offsets of the tables of the second level that are there. */
async function* l2Tables({ file }: Suspect, header: Qcow2Header): AsyncGenerator<bigint> {
  const total = header.l1Entries * 8;
  for (let done = 0; done < total; done += L1_READ_BYTES) {
    const length = Math.min(L1_READ_BYTES, total - done);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, Number(header.l1Offset) + done);
    for (let at = 0; at + 8 <= bytesRead; at += 8) {
      const offset = buffer.readBigUInt64BE(at) & OFFSET_MASK;
      if (offset !== 0n) yield offset;
    }
  }
}

async function count({ file }: Suspect, offset: bigint, shape: Shape, counted: Counted): Promise<void> {
  const { clusterBytes, entryBytes, end } = shape;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(clusterBytes), 0, clusterBytes, Number(offset));
  for (let at = 0; at + entryBytes <= bytesRead; at += entryBytes) {
    // Most entries are zero, and making a number of each costs a second per terabyte.
    if (buffer.readUInt32BE(at) === 0 && buffer.readUInt32BE(at + 4) < 512) continue;
    const entry = buffer.readBigUInt64BE(at);
    if ((entry & COMPRESSED) !== 0n) {
      counted.compressed += 1n;
      continue;
    }
    if ((entry & OFFSET_MASK) >= end)
      throw new RefusedImageError('it points outside the file: it is cut off or damaged');
    counted.stored += 1n;
  }
}
