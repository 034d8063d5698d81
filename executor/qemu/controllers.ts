import type { CompleteSpec } from './defaults.ts';
import { busOf } from './devices/disk-bus.ts';

export type Controller = CompleteSpec['controllers'][number];
export type ControllerType = Controller['type'];

type Family = 'q35' | 'pc';

/** A controller that the spec names, or that devices need and nobody named. */
export interface FoundController {
  readonly type: ControllerType;
  readonly index: number;
  readonly model: NonNullable<Controller['model']> | undefined;
  /** qemu's id, which is libvirt's alias: its buses are `ID.0`. */
  readonly id: string;
  /** What the spec says of it. */
  readonly options: Partial<Controller>;
}

/** The parts of a USB 2 controller: a function of one slot for each, the first part of the master's bus for some. */
export const COMPANIONS = { 'ich9-uhci1': 0, 'ich9-uhci2': 1, 'ich9-uhci3': 2, 'ich9-ehci1': 7 } as const;

export const companionFunction = (model: string | undefined): number | undefined =>
  model !== undefined && Object.hasOwn(COMPANIONS, model) ? COMPANIONS[model as keyof typeof COMPANIONS] : undefined;

const isServant = (model: string | undefined): boolean => model?.startsWith('ich9-uhci') ?? false;

/** What a board has without being told. */
const BUILT_IN: Readonly<Record<Family, ControllerType>> = { pc: 'ide', q35: 'sata' };

/** libvirt: qemuAssignDeviceControllerAlias. */
function idOf(type: ControllerType, index: number, model: string | undefined, family: Family): string {
  if (type === 'pci') return index === 0 ? (family === 'pc' ? 'pci' : 'pcie') : `pci.${index}`;
  if (type === 'usb') return `usb${index === 0 ? '' : index}${isServant(model) ? `-${model}` : ''}`;
  if (index === 0 && type === BUILT_IN[family]) return 'ide';
  return `${type}${index}`;
}

const USUAL = {
  pci: (family, index) =>
    index === 0 ? (family === 'pc' ? 'pci-root' : 'pcie-root') : family === 'pc' ? 'pci-bridge' : 'pcie-root-port',
  usb: () => 'qemu-xhci',
  scsi: () => 'virtio-scsi',
} as const satisfies Partial<Record<ControllerType, (family: Family, index: number) => Controller['model']>>;

const usual = (type: ControllerType, family: Family, index: number): Controller['model'] =>
  Object.hasOwn(USUAL, type) ? USUAL[type as keyof typeof USUAL](family, index) : undefined;

/** Every controller of a machine but the PCI ones that places ask for; those of one type together, by their numbers. */
export function controllersOf(spec: CompleteSpec, family: Family): readonly FoundController[] {
  const found: FoundController[] = [];
  const add = (type: ControllerType, options: Partial<Controller>): void => {
    const index = options.index ?? nextIndex(found, type, options.model);
    const model = options.model ?? usual(type, family, index);
    found.push({ type, index, model, id: idOf(type, index, model, family), options });
  };
  for (const controller of spec.controllers) add(controller.type, controller);
  for (const type of needed(spec, family)) if (!found.some((one) => one.type === type)) add(type, {});
  const types = [...new Set(found.map(({ type }) => type))];
  return types.flatMap((type) => found.filter((one) => one.type === type).sort((a, b) => a.index - b.index));
}

/** Number 0 of PCI is the board's; companions have the number of the controller before them. */
function nextIndex(found: readonly FoundController[], type: ControllerType, model: string | undefined): number {
  const taken = found.filter((one) => one.type === type);
  const last = taken.at(-1);
  if (last && isServant(model) && companionFunction(last.model) !== undefined) return last.index;
  const first = type === 'pci' ? 1 : 0;
  return Math.max(first, ...taken.map(({ index }) => index + 1));
}

/** Types of controllers that devices need. */
function needed(spec: CompleteSpec, family: Family): ControllerType[] {
  const disks = new Set(spec.disks.map(busOf));
  const usb =
    disks.has('usb') ||
    spec.inputs.some(({ bus }) => bus === 'usb') ||
    spec.serials.some(({ type }) => type === 'usb') ||
    spec.sound.some(({ model }) => model === 'usb') ||
    spec.hostDevices.some((host) => host.usb !== undefined);
  const needs: [ControllerType, boolean][] = [
    ['usb', usb],
    ['scsi', disks.has('scsi')],
    ['ide', disks.has('ide') && family === 'pc'],
    ['sata', disks.has('sata') || family === 'q35'],
    ['virtio-serial', spec.consoles.length > 0 || spec.channels.length > 0],
  ];
  return needs.filter(([, isNeeded]) => isNeeded).map(([type]) => type);
}
