import type { Suspect } from './inspect.ts';
import { RefusedImageError, requireSize } from './refused.ts';

/** The sparse extent header of VMware's Virtual Disk Format 5.0; numbers are little-endian, places are sectors. */
interface VmdkHeader {
  readonly version: number;
  readonly capacity: bigint;
  readonly grainSectors: bigint;
  readonly descriptorOffset: bigint;
  readonly descriptorSectors: bigint;
  readonly tableEntries: number;
  readonly directoryOffset: bigint;
}

const MAGIC = 'KDMV';
const SECTOR = 512n;
const HEADER_BYTES = 512;
/** The directory is written at the end, where another header says of it. */
const AT_END = 0xffff_ffff_ffff_ffffn;
/** Header, end-of-stream marker: the footer is the last but one sector. */
const FOOTER_FROM_END = 1024n;
/** qemu looks for a parent in twenty sectors from the second on, wherever the header says that its description is. */
const DESCRIPTION_BYTES = 64 * 1024;
const TYPES = new Set(['monolithicSparse', 'streamOptimized']);

function parse(bytes: Buffer): VmdkHeader {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) {
    throw new RefusedImageError(
      'it is a VMDK that names other files, or of another kind than monolithic; make one file of it with qemu-img convert',
    );
  }
  return {
    version: bytes.readUInt32LE(4),
    capacity: bytes.readBigUInt64LE(12),
    grainSectors: bytes.readBigUInt64LE(20),
    descriptorOffset: bytes.readBigUInt64LE(28),
    descriptorSectors: bytes.readBigUInt64LE(36),
    tableEntries: bytes.readUInt32LE(44),
    directoryOffset: bytes.readBigUInt64LE(56),
  };
}

/** Each row a property of a header that qemu must not be given. Without a capacity it would follow the description to other files. */
const RULES: readonly { bad: (header: VmdkHeader, size: bigint) => boolean; why: string }[] = [
  { bad: ({ version }) => version < 1 || version > 3, why: 'it has an unknown VMDK version' },
  {
    bad: ({ capacity }) => capacity === 0n,
    why: 'it is only a description that names other files of this host; make one file of it with qemu-img convert',
  },
  {
    bad: ({ grainSectors: grain }) => grain < 1n || grain > 2048n || (grain & (grain - 1n)) !== 0n,
    why: 'its grain size is out of bounds',
  },
  { bad: ({ tableEntries }) => tableEntries < 1 || tableEntries > 512, why: 'its tables are out of bounds' },
  {
    bad: ({ directoryOffset: at }, size) => at !== AT_END && at * SECTOR > size,
    why: 'its tables lie outside the file: it is cut off or damaged',
  },
  {
    bad: ({ descriptorOffset, descriptorSectors }, size) =>
      descriptorSectors > 128n || (descriptorOffset + descriptorSectors) * SECTOR > size,
    why: 'its description lies outside the file: it is cut off or damaged',
  },
];

function judge(header: VmdkHeader, size: bigint): void {
  const rule = RULES.find(({ bad }) => bad(header, size));
  if (rule) throw new RefusedImageError(rule.why);
  requireSize(header.capacity * SECTOR);
}

/** One file with everything in it, by its header and by its description. @throws RefusedImageError */
export async function inspectVmdk({ file, first, size }: Suspect): Promise<bigint> {
  const header = parse(first);
  judge(header, size);
  if (header.directoryOffset === AT_END) {
    if (size < FOOTER_FROM_END) throw new RefusedImageError('it is cut off');
    const { buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, Number(size - FOOTER_FROM_END));
    const footer = parse(buffer);
    judge(footer, size);
    if (footer.capacity !== header.capacity) throw new RefusedImageError('its two headers do not agree');
  }
  const place = Number(header.descriptorOffset * SECTOR);
  const { buffer } = await file.read(Buffer.alloc(DESCRIPTION_BYTES), 0, DESCRIPTION_BYTES, place);
  judgeDescription(first.toString('latin1', HEADER_BYTES));
  const described = buffer.toString('latin1', 0, Number(header.descriptorSectors * SECTOR));
  judgeDescription(described);
  requireOneExtent(described);
  return header.capacity * SECTOR;
}

function judgeDescription(text: string): void {
  const parent = /parentFileNameHint\s*=\s*"?([^"\n\0]*)/i.exec(text)?.[1];
  if (parent !== undefined) {
    throw new RefusedImageError(
      `it has the parent ${JSON.stringify(parent)}, so it would show other files of this host to a guest; flatten it with qemu-img convert`,
    );
  }
}

function requireOneExtent(text: string): void {
  const type = /^\s*createType\s*=\s*"?([A-Za-z0-9]*)/m.exec(text)?.[1] ?? '';
  if (!TYPES.has(type)) {
    throw new RefusedImageError(
      `it is a VMDK of the type ${JSON.stringify(type)}; monolithicSparse and streamOptimized are taken`,
    );
  }
  const extents = [...text.matchAll(/^\s*(?:RW|RDONLY|NOACCESS)\s+\d+\s+([A-Z]+)/gm)].map(([, kind]) => kind);
  if (extents.length === 1 && extents[0] === 'SPARSE') return;
  throw new RefusedImageError(
    'it consists of several extents, or of none of its own; make one file of it with qemu-img convert',
  );
}
