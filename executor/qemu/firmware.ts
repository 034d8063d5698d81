import type { CompleteSpec } from './defaults.ts';
import type { HostAbilities } from './input.ts';
import { Refusal } from './refusal.ts';

type Uefi = NonNullable<NonNullable<CompleteSpec['machine']['firmware']>['uefi']>;

export interface FirmwareFile {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

/**
 * One UEFI firmware of a node, as a descriptor of qemu's says it.
 * Source: https://qemu.org/docs/master/interop/firmware.json (docs/interop/firmware.json)
 */
export interface UefiFirmware {
  readonly code: FirmwareFile;
  /** What a machine's variables start with; none for firmware that keeps nothing. */
  readonly variables?: FirmwareFile;
  /** Machine types with `*` for any text: `pc-q35-*`. */
  readonly machines: readonly string[];
  /** Such as secure-boot, enrolled-keys, requires-smm. */
  readonly features: readonly string[];
}

/** The files that a machine's UEFI is made from. */
export interface UefiChoice {
  readonly code: FirmwareFile;
  /** Files that the machine's own variable store can start with, the best first; empty for firmware that keeps nothing. */
  readonly sources: readonly string[];
  readonly format: FirmwareFile['format'];
  /** Code and variables are in one chip, which is the machine's own. */
  readonly single: boolean;
  /** Whether a descriptor of the node names the code: anything else must be in a folder that the administrator allows. */
  readonly known: boolean;
}

const FIELD = 'spec.machine.firmware.uefi';

/** A family stands for any version of it. */
const versioned = (machineType: string): string => ({ q35: 'pc-q35-0', pc: 'pc-i440fx-0' })[machineType] ?? machineType;

const fits = (pattern: string, machineType: string): boolean => {
  const [first = '', ...rest] = pattern.split('*');
  const type = versioned(machineType);
  return rest.length === 0 ? type === pattern : type.startsWith(first);
};

const has = ({ features }: UefiFirmware, feature: string): boolean => features.includes(feature);

/** How well a firmware answers what is asked for: none where it does not. */
function suits(
  one: UefiFirmware,
  { secureBoot, enrolledKeys = secureBoot, stateless, loader, variables }: Uefi,
): boolean {
  const { format = variables?.format } = loader ?? {};
  return (
    (format === undefined || one.code.format === format) &&
    has(one, 'secure-boot') === secureBoot &&
    has(one, 'enrolled-keys') === enrolledKeys &&
    (stateless === true || one.variables !== undefined)
  );
}

/**
 * Chooses UEFI as libvirt does: the file that the spec names, else the first descriptor for the machine type with the
 * features that are asked for. @throws Refusal where the node has none
 */
export function chooseUefi(uefi: Uefi, machineType: string, host: HostAbilities): UefiChoice {
  const there = (host.firmware ?? []).filter(({ machines }) => machines.some((type) => fits(type, machineType)));
  const { path } = uefi.loader ?? {};
  const named = there.filter(({ code }) => path === undefined || code.path === path);
  const found = named.find((one) => suits(one, uefi)) ?? (path === undefined ? undefined : named[0]);
  if (!found && path === undefined) throw missing(uefi);
  return filesOf(uefi, found, path);
}

function filesOf(uefi: Uefi, found: UefiFirmware | undefined, path = ''): UefiChoice {
  const { source, template, format } = uefi.variables ?? {};
  const single = path !== '' && uefi.loader?.writable === true;
  const whole = { path, format: uefi.loader?.format ?? 'raw' } as const;
  if (single) return { code: whole, sources: [path], format: whole.format, known: found !== undefined, single };
  const sources = [source, template ?? found?.variables?.path].filter((file) => file !== undefined);
  return {
    code: found?.code ?? whole,
    single,
    sources: uefi.stateless ? [] : sources,
    format: format ?? found?.variables?.format ?? 'raw',
    known: found !== undefined,
  };
}

function missing({ secureBoot }: Uefi): Refusal {
  const what = secureBoot ? ' with secure boot' : '';
  return new Refusal(
    'FirmwareMissing',
    FIELD,
    `this node has no UEFI firmware${what} for this machine type; install the package ovmf on it`,
  );
}
