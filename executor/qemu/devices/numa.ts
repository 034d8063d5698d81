import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import { Refusal } from '../refusal.ts';
import { backendObject } from './memory.ts';

/** `0-3,7` as qemu's repeated `cpus=` wants it. */
const cpuRanges = (set: string): string =>
  set
    .split(',')
    .map((range) => `cpus=${range}`)
    .join(',');

/** The numbers of a set such as `0-1,4`. */
export function numbersOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

export function numaArguments({ spec }: Board): string[] {
  if (spec.numa.length === 0) return [];
  const sum = spec.numa.reduce((total, cell) => total + parseSize(cell.memory), 0n);
  if (sum !== parseSize(spec.memory.size)) {
    throw new Refusal(
      'NumaMemory',
      'spec.numa',
      `the cells have ${sum} bytes together, spec.memory.size says ${parseSize(spec.memory.size)}`,
    );
  }
  return spec.numa.flatMap((cell, index) => {
    const bound = cell.hostNodes ? { 'host-nodes': numbersOf(cell.hostNodes), policy: 'bind' } : {};
    const id = `numa-${cell.name}`;
    return [
      ...backendObject(spec, id, parseSize(cell.memory), bound),
      '-numa',
      `node,nodeid=${index},${cpuRanges(cell.cpus)},memdev=${id}`,
    ];
  });
}
