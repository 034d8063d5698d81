import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { aligned, backendArguments } from './memory-backend.ts';
import { numbersOf, rangesOf } from './number-set.ts';

type Cell = Board['spec']['numa'][number];

/** `0-3,7` as qemu's repeated `cpus=` wants it. */
const cpuRanges = (set: string): string[] => set.split(',').map((range) => `cpus=${range}`);

const memoryId = (cell: number): string => `ram-node${cell}`;

function checkSum({ spec }: Board): void {
  const sum = spec.numa.reduce((total, cell) => total + parseSize(cell.memory), 0n);
  if (sum === parseSize(spec.memory.size)) return;
  const message = `the cells have ${sum} bytes together, spec.memory.size says ${parseSize(spec.memory.size)}`;
  throw new Refusal('NumaMemory', 'spec.numa', message);
}

export function numaArguments(board: Board): string[] {
  const { numa } = board.spec;
  if (numa.length === 0) return [];
  checkSum(board);
  return [
    ...numa.flatMap((cell, index) => cellArguments(board, cell, index)),
    ...distances(numa),
    ...links(board),
    ...numa.flatMap(caches),
  ];
}

function cellArguments(board: Board, cell: Cell, index: number): string[] {
  const { memory, shared, discard } = cell;
  const cpus = index === 0 ? withOthers(board) : cell.cpus;
  const bytes = aligned(memory);
  const piece = { id: memoryId(index), bytes, cell: index, shared, discard };
  const backed = bytes > 0n;
  const initiator = initiatorOf(board, index);
  const words = ['node', `nodeid=${index}`, ...(cpus === undefined ? [] : cpuRanges(cpus)), ...initiator];
  return [
    ...(backed ? backendArguments(board, piece) : []),
    '-numa',
    [...words, ...(backed ? [`memdev=${piece.id}`] : [])].join(','),
  ];
}

/** Virtual CPUs that no cell names are in the first one. libvirt: qemuDomainDefNumaCPUsRectify. */
function withOthers({ spec }: Board): string | undefined {
  const { sockets, dies = 1, clusters = 1, cores, threads, maxVcpus } = spec.cpu;
  const most = maxVcpus ?? sockets * dies * clusters * cores * threads;
  const named = new Set(spec.numa.flatMap(({ cpus }) => (cpus === undefined ? [] : numbersOf(cpus))));
  const others = Array.from({ length: most }, (_, cpu) => cpu).filter((cpu) => !named.has(cpu));
  const own = spec.numa[0]?.cpus;
  if (others.length === 0) return own;
  return rangesOf([...(own === undefined ? [] : numbersOf(own)), ...others]);
}

/** Whose memory it is, where it is known how fast it is reached: its own CPUs', or the fastest. */
function initiatorOf({ spec }: Board, target: number): string[] {
  if (!spec.numaLinks?.length) return [];
  if (spec.numa[target]?.cpus !== undefined) return [`initiator=${target}`];
  const reaching = (spec.numaLinks ?? []).filter((link) => link.target === target && link.cache === undefined);
  const found = reaching[0]?.initiator ?? (spec.numaLinks?.length ? firstWithCpus(spec.numa) : undefined);
  return found === undefined ? [] : [`initiator=${found}`];
}

const firstWithCpus = (numa: readonly Cell[]): number => numa.findIndex(({ cpus }) => cpus !== undefined);

/** Distances that ACPI takes where nothing is said. */
const [NEAR, FAR] = [10, 20];

/** The whole table, where a part of it is said: the way back is as long as the way there. libvirt: virDomainNumaGetNodeDistance. */
function distances(numa: readonly Cell[]): string[] {
  if (numa.every((cell) => cell.distances === undefined)) return [];
  const said = (src: number, dst: number): number | undefined =>
    numa[src]?.distances?.find(({ cell }) => cell === dst)?.value;
  return numa.flatMap((_, src) =>
    numa.flatMap((__, dst) => {
      const val = said(src, dst) ?? said(dst, src) ?? (src === dst ? NEAR : FAR);
      return ['-numa', `dist,${keyValues({ src, dst, val })}`];
    }),
  );
}

const KIB = 1024n;

/** Whole KiB as such: qemu takes both. */
const sizeOf = (size: string | number): string => {
  const bytes = parseSize(size);
  return bytes % KIB === 0n ? `${bytes / KIB}K` : String(bytes);
};

function links({ spec }: Board): string[] {
  return (spec.numaLinks ?? []).flatMap((link) => {
    const { initiator, target, cache, type, latencyNanoseconds, bandwidthKibibytesPerSecond: kib } = link;
    const hierarchy = cache === undefined ? 'memory' : `${['first', 'second', 'third'][cache - 1] ?? 'third'}-level`;
    const measured = latencyNanoseconds === undefined ? 'bandwidth' : 'latency';
    const values = {
      initiator,
      target,
      hierarchy,
      'data-type': `${type}-${measured}`,
      latency: latencyNanoseconds,
      bandwidth: kib === undefined ? undefined : `${kib}K`,
    };
    return ['-numa', `hmat-lb,${keyValues(values)}`];
  });
}

const ASSOCIATIVITY = { none: 'none', direct: 'direct', full: 'complex' } as const;
const POLICY = { none: 'none', writeback: 'write-back', writethrough: 'write-through' } as const;

const caches = ({ caches: list = [] }: Cell, node: number): string[] =>
  list.flatMap(({ level, size, line, associativity, policy }) => [
    '-numa',
    `hmat-cache,${keyValues({
      'node-id': node,
      size: sizeOf(size),
      level,
      associativity: ASSOCIATIVITY[associativity],
      policy: POLICY[policy],
      line: Number(parseSize(line)),
    })}`,
  ]);
