import { FEATURE, type Qcow2Header } from './qcow2.ts';
import { MAX_VIRTUAL_BYTES } from './refused.ts';

/** What qemu itself allows (block/qcow2.h): a first level table of 32 MiB, 65536 snapshots, a refcount table of 8 MiB. */
const MAX_L1_BYTES = 32n * 1024n ** 2n;
const MAX_REFCOUNT_BYTES = 8n * 1024n ** 2n;
const MAX_SNAPSHOTS = 65_536;
const KNOWN_FEATURES = Object.values(FEATURE).reduce((all, bit) => all | bit, 0n);

interface Rule {
  readonly bad: (header: Qcow2Header, fileBytes: bigint) => boolean;
  readonly why: (header: Qcow2Header) => string;
}

const cluster = (header: Qcow2Header): bigint => 1n << BigInt(header.clusterBits);
const has = (header: Qcow2Header, bit: bigint): boolean => (header.incompatible & bit) !== 0n;

/** Each row a property of a file that must not be a base. What makes qemu read other files comes first. */
const RULES: readonly Rule[] = [
  {
    bad: ({ backingFile }) => backingFile !== undefined,
    why: ({ backingFile }) =>
      `it has the backing file ${quote(backingFile)}, so it would show other files of this host to a guest; flatten it with qemu-img convert`,
  },
  {
    bad: (header) => header.dataFile !== undefined || has(header, FEATURE.dataFile),
    why: ({ dataFile }) =>
      `it keeps its content in the data file ${quote(dataFile)}, so it would show other files of this host to a guest; flatten it with qemu-img convert`,
  },
  {
    bad: ({ version }) => version !== 2 && version !== 3,
    why: ({ version }) => `it has the unknown qcow2 version ${version}`,
  },
  { bad: ({ clusterBits }) => clusterBits < 9 || clusterBits > 21, why: () => 'its cluster size is out of bounds' },
  { bad: ({ encrypted }) => encrypted, why: () => 'it is encrypted; decrypt it with qemu-img convert' },
  {
    bad: (header) => has(header, FEATURE.corrupt),
    why: () => 'it is marked as corrupt; repair it with qemu-img check -r all',
  },
  {
    bad: (header) => has(header, FEATURE.dirty),
    why: () => 'it was not closed cleanly; repair it with qemu-img check -r all',
  },
  {
    bad: ({ incompatible }) => (incompatible & ~KNOWN_FEATURES) !== 0n,
    why: ({ incompatible }) =>
      `it needs features that are not known here (0x${(incompatible & ~KNOWN_FEATURES).toString(16)})`,
  },
  {
    bad: ({ virtualSize }) => virtualSize === 0n || virtualSize > MAX_VIRTUAL_BYTES,
    why: ({ virtualSize }) => `its virtual size of ${virtualSize} bytes is out of bounds (1 byte to 60 TiB)`,
  },
  {
    bad: ({ snapshots }) => snapshots > MAX_SNAPSHOTS,
    why: ({ snapshots }) => `it says that it has ${snapshots} snapshots`,
  },
  { bad: tablesOutOfBounds, why: () => 'its tables lie outside the file: it is cut off or damaged' },
];

/** Why a qcow2 file of so many bytes must not be used as an image, in half a sentence; nothing when it may. */
export function refusal(header: Qcow2Header, fileBytes: bigint): string | undefined {
  return RULES.find(({ bad }) => bad(header, fileBytes))?.why(header);
}

function tablesOutOfBounds(header: Qcow2Header, fileBytes: bigint): boolean {
  const l1Bytes = BigInt(header.l1Entries) * 8n;
  const refcountBytes = BigInt(header.refcountClusters) * cluster(header);
  const entryBytes = has(header, FEATURE.extendedL2) ? 16n : 8n;
  const reach = BigInt(header.l1Entries) * (cluster(header) / entryBytes) * cluster(header);
  return (
    l1Bytes > MAX_L1_BYTES ||
    refcountBytes > MAX_REFCOUNT_BYTES ||
    reach < header.virtualSize ||
    header.l1Offset + l1Bytes > fileBytes ||
    header.refcountOffset + refcountBytes > fileBytes
  );
}

const quote = (name: string | undefined): string => JSON.stringify(name ?? '');
