import { controllersOf, type FoundController } from './controllers.ts';
import { type CompleteSpec, completeSpec } from './defaults.ts';
import { diskDevice } from './identifiers.ts';
import type { QemuInput } from './input.ts';
import { Refusal } from './refusal.ts';
import { createSlots, type PciPlace, type Place, type SlotTable } from './slots.ts';
import { createUnits, type UnitTable } from './units.ts';

export type Family = 'q35' | 'pc';

/** The board that devices are put on. */
export interface Board {
  readonly input: QemuInput;
  readonly spec: CompleteSpec;
  readonly family: Family;
  /** All but the PCI ones that places ask for. */
  readonly controllers: readonly FoundController[];
  readonly slots: SlotTable;
  readonly units: UnitTable;
  /** Where a PCI device is plugged; what the second word is for, `Place` of slots.ts says. */
  pci(id: string, place: Place): PciPlace;
}

export function createBoard(input: QemuInput): Board {
  const spec = completeSpec(input.spec);
  const family = familyOf(input.machineType);
  const controllers = controllersOf(spec, family);
  const slots = createSlots({ family, spec, controllers, previous: input.slots, present: input.present });
  const units = createUnits(
    input.slots,
    spec.disks.map(({ name }) => diskDevice(name)),
  );
  return { input, spec, family, controllers, slots, units, pci: (id, place) => slots.place(id, place) };
}

const FAMILIES: readonly { readonly family: Family; readonly pattern: RegExp }[] = [
  { family: 'q35', pattern: /^(q35|pc-q35-[A-Za-z0-9._-]+)$/ },
  { family: 'pc', pattern: /^(pc|pc-i440fx-[A-Za-z0-9._-]+|pc-[0-9][0-9.]*)$/ },
];

/** The family of a machine type, such as q35 for pc-q35-7.2. @throws Refusal */
export function familyOf(machineType: string): Family {
  const found = FAMILIES.find(({ pattern }) => pattern.test(machineType));
  if (found) return found.family;
  throw new Refusal(
    'MachineTypeUnsupported',
    'spec.machine.type',
    `${machineType} is not supported; use q35, pc, or a version of them such as pc-q35-7.2`,
  );
}
