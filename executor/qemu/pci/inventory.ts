import type { Family } from '../board.ts';
import { companionFunction, type FoundController } from '../controllers.ts';
import type { CompleteSpec } from '../defaults.ts';
import { busOf } from '../devices/disk-bus.ts';
import { memoryDevice } from '../devices/memory-device.ts';
import { diskDevice, interfaceDevice } from '../identifiers.ts';
import { fixedAddress } from './address.ts';
import type { Connect } from './models.ts';
import type { Request } from './request.ts';

/** Whatever may have a place of its own and a model. */
type Device = { readonly name?: string } & object;

interface Row {
  /** Devices of one kind in the spec, with qemu's ids. */
  readonly devices: (spec: CompleteSpec) => readonly (readonly [id: string, field: string, device: Device])[];
  /** How one is plugged in: PCI Express where the board has it; nothing where it is not on PCI. */
  readonly connect: (device: Device) => 'express' | 'conventional' | undefined;
  readonly role?: (device: Device, index: number) => Request['role'];
  /** On the board's own bus, unless the spec says where. */
  readonly integrated?: true;
}

const modelOf = (device: object): string => String((device as { model?: unknown }).model ?? '');

/** Transitional virtio devices only work in conventional slots. */
const virtio = (device: object) => (modelOf(device) === 'virtio-transitional' ? 'conventional' : 'express');

const list =
  (key: keyof CompleteSpec, id: (name: string) => string) =>
  (spec: CompleteSpec): [string, string, Device][] =>
    ((spec[key] ?? []) as readonly (Device & { readonly name: string })[]).map((device) => [
      id(device.name),
      `spec.${key}[${device.name}].address`,
      device,
    ]);

const single =
  (key: keyof CompleteSpec, id: string) =>
  (spec: CompleteSpec): [string, string, Device][] =>
    spec[key] === undefined ? [] : [[id, `spec.${key}.address`, spec[key] as Device]];

const having =
  (...models: readonly string[]) =>
  (device: object) =>
    models.includes(modelOf(device)) ? ('conventional' as const) : undefined;

/** libvirt puts cards that it has no name for where PCI Express is. Source: qemuDomainDeviceCalculatePCIConnectFlags */
const CONVENTIONAL_CARDS = ['rtl8139', 'e1000', 'vmxnet3', 'virtio-transitional'];

function network(device: object): 'express' | 'conventional' | undefined {
  const model = modelOf(device);
  if (model === 'usb-net') return undefined;
  return CONVENTIONAL_CARDS.includes(model) ? 'conventional' : 'express';
}

function video(device: object): 'express' | 'conventional' | undefined {
  const model = modelOf(device);
  if (model === 'ramfb' || model === 'none') return undefined;
  return model === 'virtio' || model === 'bochs' ? 'express' : 'conventional';
}

type Disk = CompleteSpec['disks'][number];

function disk(device: object): 'express' | 'conventional' | undefined {
  const bus = busOf(device as Disk);
  if (bus === 'nvme') return 'express';
  return bus === 'virtio' ? virtio(device) : undefined;
}

const BEFORE_CONTROLLERS: readonly Row[] = [
  {
    devices: list('filesystems', (name) => `fs-${name}`),
    connect: (device) => ((device as CompleteSpec['filesystems'][number]).type === 'mtp' ? undefined : virtio(device)),
  },
  { devices: list('interfaces', interfaceDevice), connect: network },
  {
    devices: list('sound', (name) => `sound-${name}`),
    connect: (device) => (modelOf(device) === 'virtio' ? 'express' : having('ac97', 'es1370', 'ich6', 'ich9')(device)),
    role: (device) => (modelOf(device) === 'ich9' ? 'ich9-sound' : undefined),
  },
];

const AFTER_CONTROLLERS: readonly Row[] = [
  { devices: list('disks', diskDevice), connect: disk },
  {
    devices: list('hostDevices', (name) => `host-${name}`),
    connect: (device) => ('pci' in device || 'mdev' in device || 'scsiHost' in device ? virtio(device) : undefined),
  },
  {
    devices: single('balloon', 'balloon'),
    connect: (device) => ((device as CompleteSpec['balloon']).enabled ? virtio(device) : undefined),
  },
  { devices: list('rng', (name) => `rng-${name}`), connect: virtio },
  { devices: single('watchdog', 'watchdog'), connect: having('i6300esb') },
  {
    devices: list('video', (name) => `video-${name}`),
    connect: video,
    role: (_, index) => (index === 0 ? 'first-video' : undefined),
  },
  {
    devices: list('inputs', (name) => `input-${name}`),
    connect: (device) => ((device as CompleteSpec['inputs'][number]).bus === 'virtio' ? virtio(device) : undefined),
  },
  {
    devices: list('serials', (name) => `serial-${name}`),
    connect: (device) => ((device as CompleteSpec['serials'][number]).type === 'pci' ? 'conventional' : undefined),
  },
  { devices: single('vsock', 'vsock'), connect: virtio },
  {
    devices: ({ memory }) =>
      (memory.devices ?? []).map((device) => [
        memoryDevice(device.name),
        `spec.memory.devices[${device.name}].address`,
        device,
      ]),
    connect: (device) => (modelOf(device).startsWith('virtio') ? 'express' : undefined),
  },
  {
    devices: single('panic', 'panic'),
    connect: (device) =>
      (device as CompleteSpec['panic']).enabled && modelOf(device) === 'pci' ? 'express' : undefined,
    integrated: true,
  },
  {
    devices: single('iommu', 'iommu'),
    connect: (device) => (modelOf(device) === 'virtio' ? 'express' : undefined),
    integrated: true,
  },
];

function requestsOf(row: Row, spec: CompleteSpec, family: Family): Request[] {
  return row.devices(spec).flatMap(([id, field, device], index) => {
    const kind = row.connect(device);
    if (kind === undefined) return [];
    const connect: Connect = kind === 'express' && family === 'q35' ? 'pcie' : 'pci';
    const role = row.role?.(device, index);
    const parts = { ...(role && { role }), ...(row.integrated && { integrated: true }) };
    return [{ id, field, connect, fixed: fixedAddress(device), ...parts }];
  });
}

const XHCI = ['qemu-xhci', 'nec-xhci'];
const VIRTIO_SCSI = ['virtio-scsi', 'virtio-non-transitional'];

/** How each type of controller is plugged in; nothing for those that are on another bus. */
const CONTROLLERS: Readonly<
  Record<FoundController['type'], (one: FoundController) => 'express' | 'conventional' | undefined>
> = {
  pci: () => undefined,
  fdc: () => undefined,
  ccid: () => undefined,
  isa: () => undefined,
  ide: () => 'conventional',
  sata: () => 'conventional',
  usb: ({ model = '' }) => (model === 'none' ? undefined : XHCI.includes(model) ? 'express' : 'conventional'),
  scsi: ({ model = '' }) => (VIRTIO_SCSI.includes(model) ? 'express' : 'conventional'),
  'virtio-serial': ({ model }) => (model === 'virtio-transitional' ? 'conventional' : 'express'),
};

function roleOf({ type, index, model }: FoundController): Request['role'] {
  if (index !== 0) return undefined;
  if (type === 'ide') return 'first-ide';
  if (type === 'sata') return 'first-sata';
  return type === 'usb' && model === 'piix3-uhci' ? 'first-usb' : undefined;
}

const fieldOf = ({ options, type, index }: FoundController): string =>
  `spec.controllers[${options.name ?? `${type} ${index}`}].address`;

function controllerRequest(one: FoundController, family: Family): Request[] {
  const kind = CONTROLLERS[one.type](one);
  if (kind === undefined) return [];
  const connect: Connect = kind === 'express' && family === 'q35' ? 'pcie' : 'pci';
  const role = roleOf(one);
  const fn = one.type === 'usb' ? companionFunction(one.model) : undefined;
  const companion = fn === undefined ? undefined : { index: one.index, function: fn };
  const fixed = fixedAddress(one.options);
  return [{ id: one.id, field: fieldOf(one), connect, fixed, ...(role && { role }), ...(companion && { companion }) }];
}

function pciRequest(one: FoundController): Request[] {
  const { type, index, model, id, options } = one;
  if (type !== 'pci' || index === 0 || model === undefined) return [];
  const role = model === 'dmi-to-pci-bridge' ? { role: 'dmi-bridge' as const } : {};
  return [{ id, field: fieldOf(one), connect: model as Connect, fixed: fixedAddress(options), ...role }];
}

/**
 * All that needs a place on a PCI bus, in the order in which libvirt gives places out (qemuDomainAssignDevicePCISlots): a guest
 * finds its devices where they were on the host that it comes from.
 */
export function inventory(spec: CompleteSpec, controllers: readonly FoundController[], family: Family): Request[] {
  return [
    ...controllers.flatMap(pciRequest),
    ...BEFORE_CONTROLLERS.flatMap((row) => requestsOf(row, spec, family)),
    ...controllers.flatMap((one) => controllerRequest(one, family)),
    ...AFTER_CONTROLLERS.flatMap((row) => requestsOf(row, spec, family)),
  ];
}
