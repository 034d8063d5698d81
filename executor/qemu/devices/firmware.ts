import type { Board } from '../board.ts';
import { json } from '../options.ts';
import { Refusal } from '../refusal.ts';

const flash = (node: string, filename: string, readOnly: boolean): string[] => [
  '-blockdev',
  json({ driver: 'file', 'node-name': `${node}-file`, filename, 'read-only': readOnly }),
  '-blockdev',
  json({ driver: 'raw', 'node-name': node, file: `${node}-file`, 'read-only': readOnly }),
];

/** UEFI as two flash chips: the code, shared and read-only, and the machine's own variables. BIOS needs nothing. */
export function firmwareArguments({ input, spec }: Board): string[] {
  const wanted = spec.machine.firmware?.uefi;
  if (!wanted) return [];
  const files = input.host.uefi;
  if (!files || (wanted.secureBoot && !files.secureBoot)) {
    throw new Refusal(
      'FirmwareMissing',
      'spec.machine.firmware.uefi',
      `this node has no UEFI firmware${wanted.secureBoot ? ' with secure boot' : ''}; install the package ovmf on it`,
    );
  }
  const secure = wanted.secureBoot ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : [];
  return [...flash('uefi-code', files.code, true), ...flash('uefi-variables', files.variables, false), ...secure];
}
