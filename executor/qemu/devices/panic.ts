import type { Board } from '../board.ts';
import { device } from '../options.ts';

type Model = Board['spec']['panic']['model'];

const DEVICES = {
  isa: ({ spec }) => device({ driver: 'pvpanic', id: 'panic', ioport: spec.panic.address?.isa?.ioBase }),
  pci: (board) => device({ driver: 'pvpanic-pci', id: 'panic', ...board.pci('panic', 'board') }),
  hyperv: () => [], // A flag of the processor: see cpu.ts.
} satisfies Record<Model, (board: Board) => string[]>;

/** That the machine stays where it crashed is said over QMP before it runs. */
export function panicArguments(board: Board): string[] {
  const { enabled, model } = board.spec.panic;
  return enabled ? DEVICES[model](board) : [];
}
