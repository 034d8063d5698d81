import type { Suspect } from './inspect.ts';
import { RefusedImageError, requireSize } from './refused.ts';

/** Places and names of [MS-VHDX]; numbers are little-endian. */
const HEADERS = [64 * 1024, 128 * 1024] as const;
const REGION_TABLE = 192 * 1024;
const TABLE_BYTES = 64 * 1024;
const MOST_ENTRIES = 2047;
const MOST_METADATA_BYTES = 16n * 1024n ** 2n;

/** GUIDs as they lie in the file: the first three parts with their bytes turned round. */
const guid = (text: string): string => {
  const [a = '', b = '', c = '', ...rest] = text.split('-');
  const turned = [a, b, c].map((part) => Buffer.from(part, 'hex').reverse().toString('hex'));
  return [...turned, ...rest].join('');
};

const METADATA_REGION = guid('8b7ca206-4790-4b9a-b8fe-575f050f886e');
const BLOCKS_REGION = guid('2dc27766-f623-4200-9d64-115e9bfd4a08');
const FILE_PARAMETERS = guid('caa16737-fa36-4d43-b3b6-33f0aa44e76b');
const VIRTUAL_SIZE = guid('2fa54224-cd1b-4876-b211-5dbed83bf4b8');
const PARENT_LOCATOR = guid('a8d35f2d-b30b-454d-abf7-d3d84834ab0c');
const HAS_PARENT = 2;

interface Place {
  readonly offset: bigint;
  readonly length: bigint;
}

const damaged = (what: string) => new RefusedImageError(`its ${what} is damaged, or lies outside the file`);

/** A single file that was closed cleanly and has no parent. @throws RefusedImageError */
export async function inspectVhdx(suspect: Suspect): Promise<bigint> {
  if (suspect.first.toString('latin1', 0, 8) !== 'vhdxfile') throw new RefusedImageError('it has no VHDX signature');
  await requireClean(suspect);
  const regions = await regionTable(suspect);
  const metadata = regions.get(METADATA_REGION);
  if (!metadata || !regions.has(BLOCKS_REGION) || metadata.length > MOST_METADATA_BYTES) throw damaged('region table');
  const items = await metadataTable(suspect, metadata);
  const parameters = await item(suspect, items, FILE_PARAMETERS, 8);
  if (items.has(PARENT_LOCATOR) || (parameters.readUInt32LE(4) & HAS_PARENT) !== 0) {
    throw new RefusedImageError(
      'it has a parent, so it would show other files of this host to a guest; flatten it with qemu-img convert',
    );
  }
  const virtualSize = (await item(suspect, items, VIRTUAL_SIZE, 8)).readBigUInt64LE(0);
  requireSize(virtualSize);
  return virtualSize;
}

/** Of two headers the one that was written later counts; where it names a log, something was not finished. */
async function requireClean(suspect: Suspect): Promise<void> {
  const headers = await Promise.all(HEADERS.map((offset) => read(suspect, BigInt(offset), 4096)));
  const valid = headers.filter((header) => header.toString('latin1', 0, 4) === 'head');
  const [newest] = valid.sort((a, b) => (a.readBigUInt64LE(8) < b.readBigUInt64LE(8) ? 1 : -1));
  if (!newest) throw damaged('header');
  if (newest.subarray(48, 64).every((byte) => byte === 0)) return;
  throw new RefusedImageError(
    'it was not closed cleanly; open it once where it comes from, or repair it with qemu-img check -r all',
  );
}

async function regionTable(suspect: Suspect): Promise<Map<string, Place>> {
  const table = await read(suspect, BigInt(REGION_TABLE), TABLE_BYTES);
  const count = table.readUInt32LE(8);
  if (table.toString('latin1', 0, 4) !== 'regi' || count > MOST_ENTRIES) throw damaged('region table');
  const regions = new Map<string, Place>();
  for (let at = 16; at < 16 + count * 32; at += 32) {
    const place = { offset: table.readBigUInt64LE(at + 16), length: BigInt(table.readUInt32LE(at + 24)) };
    if (place.offset + place.length > suspect.size) throw damaged('region table');
    regions.set(table.toString('hex', at, at + 16), place);
  }
  return regions;
}

async function metadataTable(suspect: Suspect, { offset, length }: Place): Promise<Map<string, Place>> {
  const table = await read(suspect, offset, TABLE_BYTES);
  const count = table.readUInt16LE(10);
  if (table.toString('latin1', 0, 8) !== 'metadata' || count > MOST_ENTRIES) throw damaged('metadata');
  const items = new Map<string, Place>();
  for (let at = 32; at < 32 + count * 32; at += 32) {
    const place = { offset: BigInt(table.readUInt32LE(at + 16)), length: BigInt(table.readUInt32LE(at + 20)) };
    if (place.offset + place.length > length) throw damaged('metadata');
    items.set(table.toString('hex', at, at + 16), { ...place, offset: offset + place.offset });
  }
  return items;
}

async function item(suspect: Suspect, items: Map<string, Place>, id: string, bytes: number): Promise<Buffer> {
  const place = items.get(id);
  if (!place || place.length < bytes) throw damaged('metadata');
  return read(suspect, place.offset, bytes);
}

/** @throws RefusedImageError where the file ends before */
async function read({ file, size }: Suspect, offset: bigint, length: number): Promise<Buffer> {
  if (offset + BigInt(length) > size) throw new RefusedImageError('it is cut off');
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, Number(offset));
  return buffer;
}
