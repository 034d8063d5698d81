import type { Board } from '../board.ts';

const CHIPSETS = { q35: 'ICH9-LPC', pc: 'PIIX4_PM' } as const;

/** Which sleep the chipset offers. */
export function powerArguments({ spec, family }: Board): string[] {
  const { suspendToMemory, suspendToDisk } = spec.machine.power ?? {};
  const global = (state: string, offered: boolean | undefined): string[] =>
    offered === undefined ? [] : ['-global', `${CHIPSETS[family]}.disable_${state}=${offered ? 0 : 1}`];
  return [...global('s3', suspendToMemory), ...global('s4', suspendToDisk)];
}
