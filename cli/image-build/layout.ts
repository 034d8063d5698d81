/** Bytes. Everything begins at a whole MiB, as `sfdisk` places it. */
const MIB = 1024 * 1024;

export interface Partition {
  /** Number, from 1: the partition's place in the table, which need not be its place on the disk. */
  readonly number: number;
  readonly name: string;
  /** GUID of the type, as the UEFI and the discoverable partitions specifications list them. */
  readonly type: string;
  /** Bytes. */
  readonly start: number;
  /** Bytes. */
  readonly size: number;
}

export interface Layout {
  /** Bytes of the whole disk. */
  readonly size: number;
  readonly bios: Partition;
  readonly efi: Partition;
  readonly root: Partition;
}

const TYPES = {
  bios: '21686148-6449-6e6f-744e-656564454649',
  efi: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  root: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
} as const;

/** The least that a Debian server with a kernel, cloud-init and some packages fits on. */
export const SMALLEST = 1024 * MIB;

/**
 * Where things are on a disk of so many bytes. As on Debian's own cloud images the root is the first partition and the last on
 * the disk, so that it can grow.
 */
export function layoutOf(size: number): Layout {
  const bios = { number: 14, name: 'bios', type: TYPES.bios, start: MIB, size: 3 * MIB };
  const efi = { number: 15, name: 'efi', type: TYPES.efi, start: 4 * MIB, size: 60 * MIB };
  const start = 64 * MIB;
  const root = { number: 1, name: 'root', type: TYPES.root, start, size: Math.floor(size / MIB) * MIB - start - MIB };
  return { size: Math.floor(size / MIB) * MIB, bios, efi, root };
}
