/** A format that names itself in a file's first bytes. */
interface Signature {
  readonly format: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

const signature = (format: string, offset: number, bytes: Buffer | string): Signature => ({
  format,
  offset,
  bytes: Buffer.from(bytes as string, 'latin1'),
});

const SIGNATURES: readonly Signature[] = [
  signature('qcow2', 0, 'QFI\xfb'),
  signature('vmdk', 0, 'KDMV'),
  signature('vmdk', 0, 'COWD'),
  signature('vmdk', 0, '# Disk DescriptorFile'),
  signature('vhdx', 0, 'vhdxfile'),
  signature('vpc', 0, 'conectix'),
  signature('vdi', 0x40, '\x7f\x10\xda\xbe'),
  signature('qed', 0, 'QED\0'),
  signature('parallels', 0, 'WithoutFreeSpace'),
  signature('parallels', 0, 'WithouFreSpacExt'),
  signature('luks', 0, 'LUKS\xba\xbe'),
  signature('bochs', 0, 'Bochs Virtual HD Image'),
  signature('dmg', 0, 'koly'),
  signature('gzip', 0, '\x1f\x8b'),
  signature('xz', 0, '\xfd7zXZ\0'),
  signature('zstd', 0, '\x28\xb5\x2f\xfd'),
  signature('bzip2', 0, 'BZh'),
  signature('zip', 0, 'PK\x03\x04'),
  signature('tar', 257, 'ustar'),
];

/** What only a disk or a CD-ROM has: a boot signature, a GUID partition table, an ISO 9660 volume. */
const RAW_SIGNATURES: readonly Signature[] = [
  signature('raw', 510, '\x55\xaa'),
  signature('raw', 512, 'EFI PART'),
  signature('raw', 4096, 'EFI PART'),
  signature('raw', 32_769, 'CD001'),
];

/** What wraps an image, as its first bytes show it. */
const PACKED = { gzip: 'gzip', xz: 'xz', zstd: 'zstd' } as const;

/** How a file is packed, by its first bytes; nothing where it is not, or in a way that is not taken. */
export function detectCompression(first: Buffer): keyof typeof PACKED | undefined {
  const found = SIGNATURES.find(matches(first))?.format;
  return found === undefined ? undefined : PACKED[found as keyof typeof PACKED];
}

const matches = (first: Buffer) => (row: Signature) =>
  first.subarray(row.offset, row.offset + row.bytes.length).equals(row.bytes);

/**
 * The format that a file's first 64 KiB show: `qcow2`, `raw` where a disk or CD-ROM is recognised, another format's name,
 * or nothing. A web server's error page shows nothing, and so must never become a disk on its own.
 */
export function detectFormat(first: Buffer): string | undefined {
  return [...SIGNATURES, ...RAW_SIGNATURES].find(matches(first))?.format;
}
