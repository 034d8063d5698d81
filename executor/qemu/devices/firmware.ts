import type { Board } from '../board.ts';
import { chooseUefi, type FirmwareFile } from '../firmware.ts';
import { json } from '../options.ts';
import { Refusal } from '../refusal.ts';

export const CODE_NODE = 'pflash0-format';
export const VARIABLES_NODE = 'pflash1-format';

const flash = (chip: string, { path, format }: FirmwareFile, readOnly: boolean): string[] => [
  '-blockdev',
  json({ driver: 'file', 'node-name': `${chip}-storage`, filename: path, 'auto-read-only': true }),
  '-blockdev',
  json({
    driver: format,
    'node-name': `${chip}-format`,
    file: `${chip}-storage`,
    'read-only': readOnly,
    ...(format === 'qcow2' && { backing: null }),
  }),
];

/** UEFI as two flash chips: the code, shared and read-only, and the machine's own variables. A BIOS is one file, or qemu's. */
export function firmwareArguments(board: Board): string[] {
  const { bios, uefi } = board.spec.machine.firmware ?? {};
  if (bios?.file !== undefined) return ['-bios', bios.file];
  if (!uefi) return [];
  const { code, format, single } = chooseUefi(uefi, board.input.machineType, board.input.host);
  if (single) return flash('pflash0', { path: variablesPath(board), format }, false);
  const secure = isSecure(board) ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : [];
  const variables = uefi.stateless ? [] : flash('pflash1', { path: variablesPath(board), format }, false);
  return [...flash('pflash0', code, true), ...variables, ...secure];
}

/** Whether a machine has a second chip, for its variables. */
export const hasVariables = ({ spec }: Board): boolean => {
  const { uefi } = spec.machine.firmware ?? {};
  return uefi !== undefined && !uefi.stateless && !(uefi.loader?.writable && uefi.loader.path !== undefined);
};

/** Whether the variables can only be written in system management mode, which the board must then have. */
export function isSecure({ spec }: Board): boolean {
  const { uefi } = spec.machine.firmware ?? {};
  return uefi?.loader?.secure ?? uefi?.secureBoot ?? false;
}

function variablesPath({ input }: Board): string {
  if (input.variables !== undefined) return input.variables;
  throw new Refusal('FirmwareMissing', 'spec.machine.firmware.uefi', 'there is no place for the variables');
}
