import type { Suspect } from './inspect.ts';
import type { Qcow2Header } from './qcow2.ts';
import { RefusedImageError } from './refused.ts';

/** As qemu bounds them (block/qcow2.h). */
const MAX_L1_ENTRIES = (32 * 1024 ** 2) / 8;
const MAX_TABLE_BYTES = 64 * 1024 ** 2;
const ENTRY_BYTES = 40;
const DAMAGED = 'its table of snapshots is damaged, or lies outside the file';

/** Each snapshot names a first table of its own, which qemu reads as it is told. @throws RefusedImageError */
export async function refuseSnapshots({ file, size }: Suspect, header: Qcow2Header): Promise<void> {
  let at = header.snapshotsOffset;
  for (let index = 0; index < header.snapshots; index++) {
    if (at + BigInt(ENTRY_BYTES) > size) throw new RefusedImageError(DAMAGED);
    const { buffer } = await file.read(Buffer.alloc(ENTRY_BYTES), 0, ENTRY_BYTES, Number(at));
    const [l1Offset, l1Entries] = [buffer.readBigUInt64BE(0), buffer.readUInt32BE(8)];
    const within = l1Offset + BigInt(l1Entries) * 8n <= size;
    if (l1Entries > MAX_L1_ENTRIES || !within) throw new RefusedImageError(DAMAGED);
    const names = buffer.readUInt16BE(12) + buffer.readUInt16BE(14);
    at += BigInt(Math.ceil((ENTRY_BYTES + buffer.readUInt32BE(36) + names) / 8) * 8);
    if (at - header.snapshotsOffset > MAX_TABLE_BYTES) throw new RefusedImageError(DAMAGED);
  }
}
