import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import { object } from '../options.ts';
import { numbersOf } from './number-set.ts';

type Memory = Board['spec']['memory'];

/** Memory that the guest sees as one piece, and how the host provides it; what is left out is as for all of the machine. */
export interface Piece {
  readonly id: string;
  readonly bytes: bigint;
  /** Number of the NUMA cell. */
  readonly cell?: number | undefined;
  readonly path?: string | undefined;
  readonly shared?: boolean | undefined;
  readonly discard?: boolean | undefined;
  readonly pageSize?: '2Mi' | '1Gi' | '4Ki' | undefined;
  readonly hostNodes?: string | undefined;
  readonly hostPolicy?: 'Strict' | 'Preferred' | 'Interleave' | 'Restrictive' | undefined;
  /** The device takes it itself. */
  readonly late?: boolean;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Memory of the whole board has a name of its own, by which it is found in a migration, whatever it is made of. */
const SYSTEM = 'pc.ram';
const UNCANONICAL = { 'x-use-canonical-path-for-ramblock-id': false };

const PAGE_BYTES = { '2Mi': 2 * 1024 ** 2, '1Gi': 1024 ** 3 } as const;
const POLICIES = { Strict: 'bind', Preferred: 'preferred', Interleave: 'interleave', Restrictive: undefined } as const;

/** Pages of a piece; nothing for ordinary ones. */
function pagesOf({ hugepages }: Memory, { pageSize, cell }: Piece): '2Mi' | '1Gi' | undefined {
  const ofCell = hugepages?.cells?.find(({ cells }) => cell !== undefined && numbersOf(cells).includes(cell))?.pageSize;
  const found = pageSize ?? ofCell ?? hugepages?.pageSize;
  return found === '4Ki' ? undefined : found;
}

/**
 * The object that is a piece of memory. libvirt: qemuBuildMemoryBackendProps. Files that are nobody's are in the machine's run
 * folder, where qemu makes them without a name.
 */
export function backendArguments(board: Board, piece: Piece): string[] {
  const { memory } = board.spec;
  const { backing } = memory;
  const pages = pagesOf(memory, piece);
  const inFile =
    piece.path !== undefined ||
    backing?.source === 'File' ||
    backing?.shared === false ||
    (piece.pageSize !== undefined && backing?.source !== 'Memfd') ||
    ((piece.shared ?? board.spec.numa[piece.cell ?? -1]?.shared) !== undefined && backing?.source !== 'Memfd');
  const inMemfd = !inFile && (backing?.source === 'Memfd' || pages !== undefined);
  const where = inFile
    ? inFolder(board, piece, pages)
    : inMemfd
      ? inMemory(pages)
      : { 'qom-type': 'memory-backend-ram' };
  const cell = piece.cell === undefined ? undefined : board.spec.numa[piece.cell];
  const shared = piece.shared ?? cell?.shared ?? backing?.shared;
  const discard = piece.discard ?? backing?.discard;
  const bound = binding(piece, board);
  const early = !piece.late && (pages !== undefined || piece.path !== undefined || backing?.allocation === 'Immediate');
  const context = early && bound.nodes !== undefined && piece.hostNodes === undefined ? `tc-${piece.id}` : undefined;
  return [
    ...(context ? object({ 'qom-type': 'thread-context', id: context, 'node-affinity': bound.nodes }) : []),
    ...object({
      ...where,
      id: piece.id,
      size: Number(piece.bytes),
      ...(shared !== undefined && { share: shared }),
      ...(discard && inFile && { 'discard-data': true }),
      ...(early && { prealloc: true }),
      ...(early && backing?.allocationThreads !== undefined && { 'prealloc-threads': backing.allocationThreads }),
      ...bound.properties,
      ...(context && { 'prealloc-context': context }),
      ...(piece.id === SYSTEM && where['qom-type'] !== 'memory-backend-ram' && UNCANONICAL),
      ...piece.extra,
    }),
  ];
}

type Where = { readonly 'qom-type': string; readonly [property: string]: unknown };

const inMemory = (pages: '2Mi' | '1Gi' | undefined): Where => ({
  'qom-type': 'memory-backend-memfd',
  ...(pages && { hugetlb: true, hugetlbsize: PAGE_BYTES[pages] }),
});

/** Where systemd and Debian mount huge pages; of another size, where the administrator is asked to. */
const HUGE_FOLDERS = { '2Mi': '/dev/hugepages', '1Gi': '/dev/hugepages1G' } as const;

function inFolder({ input }: Board, { path }: Piece, pages: '2Mi' | '1Gi' | undefined): Where {
  const folder = pages === undefined ? input.runDir : (input.host.hugePages?.[pages] ?? HUGE_FOLDERS[pages]);
  return { 'qom-type': 'memory-backend-file', 'mem-path': path ?? folder };
}

/** A host that says nothing of nodes is one. */
const FIRST_NODE = '0';

function binding(piece: Piece, { spec, input }: Board): { readonly nodes?: number[]; readonly properties: object } {
  const cell = piece.cell === undefined ? undefined : spec.numa[piece.cell];
  const { backing } = spec.memory;
  const own = [piece, cell].find((one) => one?.hostNodes !== undefined) ?? backing;
  const chosen = backing?.hostPlacement === 'Automatic' ? (input.host.memoryNodes ?? FIRST_NODE) : undefined;
  const set = own?.hostNodes ?? chosen;
  if (own === undefined || set === undefined) return { properties: {} };
  const nodes = numbersOf(set);
  const policy = POLICIES[own.hostPolicy ?? 'Strict'];
  return policy === undefined ? { properties: {} } : { nodes, properties: { 'host-nodes': nodes, policy } };
}

const MIB = 1024n * 1024n;

/** Whole MiB, as libvirt gives them: a board has no others, and a DIMM even ones. libvirt: qemuDomainAlignMemorySizes. */
export function aligned(size: string | number, mebibytes = 1): bigint {
  const unit = MIB * BigInt(mebibytes);
  return ((parseSize(size) + unit - 1n) / unit) * unit;
}
