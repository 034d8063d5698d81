import type { Board } from '../board.ts';
import { device } from '../options.ts';

type Model = Board['spec']['panic']['model'];

const DEVICES = {
  isa: () => device({ driver: 'pvpanic', id: 'panic' }),
  pci: (board) => device({ driver: 'pvpanic-pci', id: 'panic', ...board.pci('panic', 'board') }),
  hyperv: () => [], // A flag of the processor: see cpu.ts.
} satisfies Record<Model, (board: Board) => string[]>;

/** The machine stops where it crashed and stays so, which a restarted executor can still see. */
export function panicArguments(board: Board): string[] {
  const { enabled, model } = board.spec.panic;
  return enabled ? [...DEVICES[model](board), '-action', 'panic=pause'] : [];
}
