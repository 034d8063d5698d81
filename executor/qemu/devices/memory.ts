import type { Board } from '../board.ts';
import type { CompleteSpec } from '../defaults.ts';
import { option } from '../options.ts';
import { aligned, backendArguments } from './memory-backend.ts';

/** DIMM slots for memory that is plugged in while running. */
const MEMORY_SLOTS = 16;

/** qemu's own name for the memory of these boards, by which it is found in a migration. */
export const RAM = 'pc.ram';

/** With cells each has a piece of its own. */
export const hasCells = (spec: CompleteSpec): boolean => spec.numa.length > 0;

/** Bytes at the start: of all cells, where there are some. */
export const startBytes = (spec: CompleteSpec): bigint =>
  hasCells(spec) ? spec.numa.reduce((sum, { memory }) => sum + aligned(memory), 0n) : aligned(spec.memory.size);

export function memoryArguments(board: Board): string[] {
  const { spec } = board;
  const { max, backing, slots = MEMORY_SLOTS } = spec.memory;
  const bytes = startBytes(spec);
  const grows = max !== undefined && aligned(max) > bytes;
  const limits = grows ? { slots, maxmem: `${aligned(max)}B` } : {};
  return [
    '-m',
    option(`${bytes}B`, limits),
    ...(hasCells(spec) ? [] : backendArguments(board, { id: RAM, bytes })),
    '-overcommit',
    `mem-lock=${backing?.locked ? 'on' : 'off'}`,
  ];
}
