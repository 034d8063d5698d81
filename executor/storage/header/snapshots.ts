import { open } from 'node:fs/promises';
import { HEADER_BYTES, parseQcow2 } from './qcow2.ts';

/** One snapshot inside a qcow2 file, as its own table tells it. */
export interface VolumeSnapshot {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
  /** Bytes of memory that it holds, 0 without. */
  readonly memoryBytes: bigint;
}

const MAX_SNAPSHOTS = 65_536;
/** As qemu bounds its table (QCOW_MAX_SNAPSHOTS_SIZE). */
const MAX_TABLE_BYTES = 64 * 1024 ** 2;
const ENTRY_BYTES = 40;
const ALIGNMENT = 8;
const READ_BYTES = 256 * 1024;

/**
 * The snapshots that a volume of ours holds. Reads the file, so it costs no process and does not disturb a qemu that has
 * it open; qemu writes a new table before the header points to it.
 * @throws RangeError when the file is no qcow2 file, or its table is damaged
 */
export async function listSnapshots(path: string): Promise<VolumeSnapshot[]> {
  await using file = await open(path, 'r');
  const read = async (position: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
    return buffer.subarray(0, bytesRead);
  };
  const { snapshots: count, snapshotsOffset } = parseQcow2(await read(0, HEADER_BYTES));
  if (count === 0) return [];
  if (count > MAX_SNAPSHOTS) throw new RangeError(`${path} says that it has ${count} snapshots`);
  for (let length = READ_BYTES; length <= MAX_TABLE_BYTES; length *= 4) {
    const table = await read(Number(snapshotsOffset), length);
    const found = parseTable(table, count);
    if (found) return found;
    if (table.length < length) break;
  }
  throw new RangeError(`the snapshot table of ${path} is damaged: repair it with qemu-img check`);
}

/** The entries of a table; nothing when the bytes end before it does. */
export function parseTable(table: Buffer, count: number): VolumeSnapshot[] | undefined {
  const found: VolumeSnapshot[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_BYTES > table.length) return undefined;
    const extra = table.readUInt32BE(at + 36);
    const idBytes = table.readUInt16BE(at + 12);
    const nameBytes = table.readUInt16BE(at + 14);
    const text = at + ENTRY_BYTES + extra;
    const end = text + idBytes + nameBytes;
    if (end > table.length) return undefined;
    found.push({
      id: table.toString('utf8', text, text + idBytes),
      name: table.toString('utf8', text + idBytes, end),
      takenAt: table.readUInt32BE(at + 16) * 1000 + Math.floor(table.readUInt32BE(at + 20) / 1_000_000),
      memoryBytes: memoryOf(table, at, extra),
    });
    at = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
  }
  return found;
}

/** Since version 3 the size of the memory has a longer field among the extra data. */
const memoryOf = (table: Buffer, at: number, extra: number): bigint =>
  extra >= 8 ? table.readBigUInt64BE(at + ENTRY_BYTES) : BigInt(table.readUInt32BE(at + 32));
