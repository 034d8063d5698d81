import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';
import { aligned, backendArguments } from './memory-backend.ts';

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
    ...numa.flatMap(distances),
    ...links(board),
    ...numa.flatMap(caches),
  ];
}

function cellArguments(board: Board, cell: Cell, index: number): string[] {
  const { memory, hostNodes, hostPolicy, shared, discard, cpus } = cell;
  const bytes = aligned(memory);
  const piece = { id: memoryId(index), bytes, cell: index, hostNodes, hostPolicy, shared, discard };
  const backed = bytes > 0n;
  const initiator = cpus === undefined ? initiatorOf(board, index) : [];
  const words = ['node', `nodeid=${index}`, ...(cpus === undefined ? [] : cpuRanges(cpus)), ...initiator];
  return [
    ...(backed ? backendArguments(board, piece) : []),
    '-numa',
    [...words, ...(backed ? [`memdev=${piece.id}`] : [])].join(','),
  ];
}

/** A cell without CPUs says whose memory it is, where it is known how fast it is reached: the fastest. */
function initiatorOf({ spec }: Board, target: number): string[] {
  const reaching = (spec.numaLinks ?? []).filter((link) => link.target === target && link.cache === undefined);
  const found = reaching[0]?.initiator ?? (spec.numaLinks?.length ? firstWithCpus(spec.numa) : undefined);
  return found === undefined ? [] : [`initiator=${found}`];
}

const firstWithCpus = (numa: readonly Cell[]): number => numa.findIndex(({ cpus }) => cpus !== undefined);

const distances = ({ distances: list = [] }: Cell, src: number): string[] =>
  list.flatMap(({ cell, value }) => ['-numa', `dist,${keyValues({ src, dst: cell, val: value })}`]);

const KIB = 1024;

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
      bandwidth: kib === undefined ? undefined : `${BigInt(kib) * BigInt(KIB)}`,
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
      size: String(parseSize(size)),
      level,
      associativity: ASSOCIATIVITY[associativity],
      policy: POLICY[policy],
      line: Number(parseSize(line)),
    })}`,
  ]);
