import { crc32 } from 'node:zlib';
import type { Partition } from './layout.ts';

export const SECTOR = 512;
const ENTRIES = 128;
const ENTRY_BYTES = 128;
const ENTRY_SECTORS = (ENTRIES * ENTRY_BYTES) / SECTOR;
const HEADER_BYTES = 92;
const NAME_UNITS = 36;

/** A GUID as it is on a disk: the first three groups are little-endian numbers (UEFI specification, appendix A). */
export function guidBytes(guid: string): Buffer {
  const hex = Buffer.from(guid.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    hex.subarray(0, 4).reverse(),
    hex.subarray(4, 6).reverse(),
    hex.subarray(6, 8).reverse(),
    hex.subarray(8),
  ]);
}

export interface Table {
  readonly diskGuid: string;
  /** Bytes of the disk. */
  readonly size: number;
  readonly partitions: readonly (Partition & { readonly guid: string })[];
}

function entries({ partitions }: Table): Buffer {
  const all = Buffer.alloc(ENTRIES * ENTRY_BYTES);
  for (const { number, name, type, guid, start, size } of partitions) {
    const entry = all.subarray((number - 1) * ENTRY_BYTES, number * ENTRY_BYTES);
    guidBytes(type).copy(entry, 0);
    guidBytes(guid).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(start / SECTOR), 32);
    entry.writeBigUInt64LE(BigInt((start + size) / SECTOR - 1), 40);
    Buffer.from(name.slice(0, NAME_UNITS), 'utf16le').copy(entry, 56);
  }
  return all;
}

interface Place {
  readonly own: number;
  readonly other: number;
  readonly entries: number;
}

function header(table: Table, place: Place, list: Buffer): Buffer {
  const sector = Buffer.alloc(SECTOR);
  const last = table.size / SECTOR - 1;
  sector.write('EFI PART', 0, 'latin1');
  sector.writeUInt32LE(0x00010000, 8);
  sector.writeUInt32LE(HEADER_BYTES, 12);
  sector.writeBigUInt64LE(BigInt(place.own), 24);
  sector.writeBigUInt64LE(BigInt(place.other), 32);
  sector.writeBigUInt64LE(BigInt(2 + ENTRY_SECTORS), 40);
  sector.writeBigUInt64LE(BigInt(last - 1 - ENTRY_SECTORS), 48);
  guidBytes(table.diskGuid).copy(sector, 56);
  sector.writeBigUInt64LE(BigInt(place.entries), 72);
  sector.writeUInt32LE(ENTRIES, 80);
  sector.writeUInt32LE(ENTRY_BYTES, 84);
  sector.writeUInt32LE(crc32(list), 88);
  sector.writeUInt32LE(crc32(sector.subarray(0, HEADER_BYTES)), 16);
  return sector;
}

/** The record that tells old programs that the whole disk is taken, with the boot code of a BIOS before it. */
function protectiveRecord(size: number, bootCode: Buffer): Buffer {
  const sector = Buffer.alloc(SECTOR);
  bootCode.copy(sector, 0, 0, 440);
  const sectors = Math.min(size / SECTOR - 1, 0xffffffff);
  Buffer.from([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff]).copy(sector, 446);
  sector.writeUInt32LE(1, 454);
  sector.writeUInt32LE(sectors, 458);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/**
 * A GUID partition table (UEFI specification, chapter 5) as bytes for the beginning and for the end of a disk.
 * @param bootCode what a BIOS runs; its first 440 bytes are taken
 */
export function partitionTable(table: Table, bootCode: Buffer): { head: Buffer; tail: Buffer } {
  const last = table.size / SECTOR - 1;
  const list = entries(table);
  const head = header(table, { own: 1, other: last, entries: 2 }, list);
  const tail = header(table, { own: last, other: 1, entries: last - ENTRY_SECTORS }, list);
  return {
    head: Buffer.concat([protectiveRecord(table.size, bootCode), head, list]),
    tail: Buffer.concat([list, tail]),
  };
}
