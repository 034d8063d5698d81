import { open } from 'node:fs/promises';
import { HEADER_BYTES, parseQcow2 } from './qcow2.ts';

/** The header extension that says where the bitmaps are (docs/interop/qcow2.txt of qemu). */
const BITMAPS = 0x23852875;

/** Whether a qcow2 volume of ours remembers changes. Reads its header: most have none, and asking qemu-img takes a process. */
export async function hasBitmaps(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  const bytes = buffer.subarray(0, bytesRead);
  if (parseQcow2(bytes).version < 3) return false;
  for (let at = bytes.readUInt32BE(100); at + 12 <= bytes.length; ) {
    const type = bytes.readUInt32BE(at);
    if (type === 0) return false;
    if (type === BITMAPS) return bytes.readUInt32BE(at + 8) > 0;
    at += 8 + Math.ceil(bytes.readUInt32BE(at + 4) / 8) * 8;
  }
  return false;
}
