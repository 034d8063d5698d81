import { seedSerial } from '../../../schemas/cloud-init/index.ts';
import type { Board } from '../board.ts';
import { keyValues } from '../options.ts';
import { Refusal } from '../refusal.ts';

type Values = Readonly<Record<string, string | undefined>>;

const table = (type: number, values: Values): string[] => {
  const written = keyValues(values);
  return written === '' ? [] : ['-smbios', `type=${type},${written}`];
};

/** qemu reads several values of one key only if they are written out. */
const strings = (values: readonly string[]): string[] =>
  values.length === 0 ? [] : ['-smbios', ['type=11', ...values.map((value) => keyValues({ value }))].join(',')];

/** The serial number, which may have to say where cloud-init finds its seed. */
function serialOf({ input, spec }: Pick<Board, 'input' | 'spec'>): string | undefined {
  const { serial } = spec.machine.smbios ?? {};
  const seed = spec.cloudInit && seedSerial(spec.cloudInit, { name: input.name, uid: input.uuid });
  if (seed === undefined || serial === undefined) return seed ?? serial;
  const words = 'cloudInit.noCloud.seedFrom is told by the serial number; leave this one out';
  throw new Refusal('SerialNumberTaken', 'spec.machine.smbios.serial', words);
}

/** The system's own UUID is qemu's `-uuid`, which the tables have by themselves. */
export function smbiosArguments({ input, spec }: Board): string[] {
  const { bios, boards = [], chassis, oemStrings = [], ...system } = spec.machine.smbios ?? {};
  const { manufacturer, product, version, uuid, sku, family } = system;
  const serial = serialOf({ input, spec });
  const named = { manufacturer, product, version, serial, uuid, sku, family };
  const { uuid: _, ...others } = named;
  const isNamed = Object.values(others).some((value) => value !== undefined);
  return [
    ...(bios ? table(0, bios) : []),
    ...(isNamed ? table(1, named) : []),
    ...boards.flatMap((board) => table(2, board)),
    ...(chassis ? table(3, chassis) : []),
    ...strings(oemStrings),
    ...firmwareConfig(spec.machine.firmwareConfig ?? []),
  ];
}

type Entries = NonNullable<Board['spec']['machine']['firmwareConfig']>;

const firmwareConfig = (entries: Entries): string[] =>
  entries.flatMap(({ name, value, path }) => [
    '-fw_cfg',
    keyValues({ name, ...(path === undefined ? { string: value } : { file: path }) }),
  ]);
