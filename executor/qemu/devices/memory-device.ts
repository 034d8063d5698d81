import { parseSize } from '../../../schemas/types/size.ts';
import type { Board } from '../board.ts';
import { device } from '../options.ts';
import { aligned, backendArguments } from './memory-backend.ts';

type Device = NonNullable<Board['spec']['memory']['devices']>[number];

type Model = Device['model'];

interface Driver {
  readonly driver: string;
  /** Whether it takes a slot for DIMMs. */
  readonly slotted: boolean;
  readonly properties: (device: Device) => Readonly<Record<string, unknown>>;
}

const bytesOf = (size: string | number | undefined): number | undefined =>
  size === undefined ? undefined : Number(parseSize(size));

/** libvirt: qemuBuildMemoryDeviceProps. */
const DRIVERS = {
  dimm: { driver: 'pc-dimm', slotted: true, properties: () => ({}) },
  nvdimm: {
    driver: 'nvdimm',
    slotted: true,
    properties: ({ labelSize, uuid, readOnly }) => ({
      ...(labelSize !== undefined && { 'label-size': bytesOf(labelSize) }),
      ...(uuid !== undefined && { uuid }),
      ...(readOnly && { unarmed: true }),
    }),
  },
  'virtio-mem': {
    driver: 'virtio-mem-pci',
    slotted: false,
    properties: ({ blockSize, requested, dynamicSlots }) => ({
      ...(blockSize !== undefined && { 'block-size': bytesOf(blockSize) }),
      ...(requested !== undefined && { 'requested-size': bytesOf(requested) }),
      ...(dynamicSlots !== undefined && { 'dynamic-memslots': dynamicSlots }),
    }),
  },
  'virtio-pmem': { driver: 'virtio-pmem-pci', slotted: false, properties: () => ({}) },
} satisfies Record<Model, Driver>;

/** qemu's id, by which a place on the PCI bus is found. */
export const memoryDevice = (name: string): string => `memory-${name}`;

/** DIMMs without a slot take those that are free. */
function slots(devices: readonly Device[]): ReadonlyMap<string, number> {
  const slotted = devices.filter(({ model }) => DRIVERS[model].slotted);
  const taken = new Set(slotted.flatMap(({ slot }) => slot ?? []));
  let next = 0;
  return new Map(
    slotted.map(({ name, slot }) => {
      if (slot !== undefined) return [name, slot];
      while (taken.has(next)) next += 1;
      taken.add(next);
      return [name, next];
    }),
  );
}

export function memoryDeviceArguments(board: Board): string[] {
  const { devices = [] } = board.spec.memory;
  const places = slots(devices);
  const place = (one: Device): number => devices.filter(({ model }) => model === one.model).indexOf(one);
  return devices.flatMap((one) => deviceArguments(board, one, place(one), places.get(one.name)));
}

function deviceArguments(board: Board, one: Device, place: number, slot: number | undefined): string[] {
  const { name, model, size, cell, path, hostNodes, hostPolicy, shared, discard, pageSize, base } = one;
  const { driver, slotted, properties }: Driver = DRIVERS[model];
  const id = `mem${model.replace('-', '')}${slot ?? place}`;
  const extra = {
    ...(one.alignment !== undefined && { align: bytesOf(one.alignment) }),
    ...(one.persistent && { pmem: true }),
    ...(one.readOnly && { readonly: true }),
    ...(model === 'virtio-mem' && { reserve: false }),
  };
  const late = model.startsWith('virtio');
  const { backing, hugepages } = board.spec.memory;
  const early =
    model === 'virtio-mem' && (backing?.allocation === 'Immediate' || (pageSize ?? hugepages) !== undefined);
  const bytes = slotted ? aligned(size, 2) : aligned(size);
  const piece = { id, bytes, cell, path, hostNodes, hostPolicy, discard, pageSize, late, extra };
  return [
    ...backendArguments(board, { ...piece, shared }),
    ...device({
      driver,
      ...(cell !== undefined && { node: cell }),
      ...properties(one),
      ...(early && { prealloc: true }),
      memdev: id,
      id: memoryDevice(name),
      ...(slotted
        ? { slot, ...(base !== undefined && { addr: Number(base) }) }
        : board.pci(memoryDevice(name), 'port')),
      ...(!slotted && base !== undefined && { memaddr: Number(base) }),
    }),
  ];
}
