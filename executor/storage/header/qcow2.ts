/** The fields of a qcow2 header that decide whether qemu may open a file (docs/interop/qcow2.txt of qemu). Sizes in bytes. */
export interface Qcow2Header {
  readonly version: number;
  readonly clusterBits: number;
  readonly virtualSize: bigint;
  readonly backingFile: string | undefined;
  readonly dataFile: string | undefined;
  readonly encrypted: boolean;
  readonly l1Entries: number;
  readonly l1Offset: bigint;
  readonly refcountOffset: bigint;
  readonly refcountClusters: number;
  readonly snapshots: number;
  readonly snapshotsOffset: bigint;
  readonly incompatible: bigint;
}

/** Bits of the incompatible features. */
export const FEATURE = { dirty: 1n, corrupt: 2n, dataFile: 4n, compression: 8n, extendedL2: 16n } as const;

/** `QFI` and 0xfb. */
export const QCOW2_MAGIC = 0x514649fb;
/** The header, its extensions and the backing file's name all lie in the first cluster; qemu allows at most 2 MiB of it. */
export const HEADER_BYTES = 64 * 1024;
const V2_BYTES = 72;
const V3_BYTES = 104;
const DATA_FILE_EXTENSION = 0x44415441;
const MAX_NAME_BYTES = 1023;

/**
 * Reads a header from the first bytes of a file; nothing of the file is believed beyond its own bounds.
 * @throws RangeError when the bytes are no qcow2 header
 */
export function parseQcow2(bytes: Buffer): Qcow2Header {
  if (bytes.length < V2_BYTES || bytes.readUInt32BE(0) !== QCOW2_MAGIC) throw new RangeError('it has no qcow2 header');
  const version = bytes.readUInt32BE(4);
  if (version >= 3 && bytes.length < V3_BYTES) throw new RangeError('its qcow2 header is cut off');
  return {
    version,
    clusterBits: bytes.readUInt32BE(20),
    virtualSize: bytes.readBigUInt64BE(24),
    backingFile: backingFile(bytes),
    dataFile: version >= 3 ? dataFile(bytes) : undefined,
    encrypted: bytes.readUInt32BE(32) !== 0,
    l1Entries: bytes.readUInt32BE(36),
    l1Offset: bytes.readBigUInt64BE(40),
    refcountOffset: bytes.readBigUInt64BE(48),
    refcountClusters: bytes.readUInt32BE(56),
    snapshots: bytes.readUInt32BE(60),
    snapshotsOffset: bytes.readBigUInt64BE(64),
    incompatible: version >= 3 ? bytes.readBigUInt64BE(72) : 0n,
  };
}

/** A name that lies outside the bytes read is still a name: what it says does not matter, that it is there does. */
function backingFile(bytes: Buffer): string | undefined {
  const offset = bytes.readBigUInt64BE(8);
  if (offset === 0n) return undefined;
  const length = Math.min(bytes.readUInt32BE(16), MAX_NAME_BYTES);
  if (offset > BigInt(bytes.length)) return '';
  return bytes.subarray(Number(offset), Number(offset) + length).toString('utf8');
}

/** The extension that names the data file. Its bit may be set without it, and it may be there without its bit. */
function dataFile(bytes: Buffer): string | undefined {
  let at = bytes.readUInt32BE(100);
  while (at + 8 <= bytes.length) {
    const type = bytes.readUInt32BE(at);
    const length = bytes.readUInt32BE(at + 4);
    if (type === 0) return undefined;
    if (type === DATA_FILE_EXTENSION)
      return bytes.subarray(at + 8, at + 8 + Math.min(length, MAX_NAME_BYTES)).toString();
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return undefined;
}
