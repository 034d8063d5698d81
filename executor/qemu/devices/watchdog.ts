import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { Refusal } from '../refusal.ts';

type Watchdog = NonNullable<Board['spec']['watchdog']>;

const ACTIONS = {
  Reset: 'reset',
  Shutdown: 'shutdown',
  PowerOff: 'poweroff',
  Pause: 'pause',
  None: 'none',
  InjectNMI: 'inject-nmi',
  Dump: 'pause', // As libvirt has it: the guest stands still for whoever wants its memory.
} satisfies Record<Watchdog['action'], string>;

const MODELS = {
  i6300esb: (board) => device({ driver: 'i6300esb', id: 'watchdog', ...board.pci('watchdog', 'board') }),
  ib700: () => device({ driver: 'ib700', id: 'watchdog' }),
  /** Part of q35's chipset; it only has to be let do its work. */
  itco: (board) => {
    if (board.family === 'q35') return ['-global', 'ICH9-LPC.noreboot=off'];
    throw new Refusal('WatchdogModel', 'spec.watchdog.model', 'itco is part of the board q35; use i6300esb');
  },
  diag288: () => {
    throw new Refusal('WatchdogModel', 'spec.watchdog.model', 'diag288 is for s390x; use i6300esb');
  },
} satisfies Record<Watchdog['model'], (board: Board) => string[]>;

export function watchdogArguments(board: Board): string[] {
  const { watchdog } = board.spec;
  return watchdog ? [...MODELS[watchdog.model](board), '-watchdog-action', ACTIONS[watchdog.action]] : [];
}
