import type { FileHandle } from 'node:fs/promises';

/** `LUKS` and 0xbabe, then the version: LUKS on-disk format 1.2.3, figure 1. */
const MAGIC = Buffer.from([0x4c, 0x55, 0x4b, 0x53, 0xba, 0xbe, 0x00, 0x01]);
const PAYLOAD_OFFSET_AT = 104;
const HEADER_BYTES = 208;
const SECTOR_BYTES = 512n;

/**
 * Where the content of a LUKS volume begins, in bytes: what is before it is no part of what a guest sees.
 * @throws RangeError when it has no LUKS header
 */
export async function luksPayloadOffset(file: FileHandle): Promise<bigint> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  if (bytesRead < HEADER_BYTES || !buffer.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new RangeError('it has no LUKS header');
  }
  return BigInt(buffer.readUInt32BE(PAYLOAD_OFFSET_AT)) * SECTOR_BYTES;
}
