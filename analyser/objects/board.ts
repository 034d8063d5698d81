import type { DomainDraft, SpecDraft } from '../elements/draft.ts';
import { addObject, type Building } from './building.ts';
import type { Lookup } from './lookup.ts';
import { kubernetesName } from './names.ts';

type Machine = NonNullable<SpecDraft['machine']>;
type Features = NonNullable<Machine['features']>;
/** How the file of the variables was written, among the names that the machine remembers of libvirt. */
const NVRAM = 'nvram';

type HyperV = NonNullable<Features['hyperV']>;

/** Carries firmware, boot order, direct kernel, clock and enlightenments over into `spec.machine`. */
export function boardFromLibvirt(building: Building): void {
  const { draft } = building;
  draft.spec.machine ??= {};
  const { machine } = draft.spec;
  firmwareFromLibvirt(building, machine);
  const enlightenments = Object.keys(draft.libvirt.hyperV ?? {}) as HyperV;
  if (enlightenments.length > 0) machine.features = { ...machine.features, hyperV: enlightenments };
  const lines = draft.oemStrings.flatMap(({ value }) => value ?? []);
  if (lines.length > 0) machine.smbios = { ...machine.smbios, oemStrings: lines };
  clockFromLibvirt(draft, machine);
  bootFromLibvirt(building, machine);
}

/** Flash memory is UEFI, and so is what libvirt was asked to look for; a file in a ROM is a BIOS of one's own. */
function firmwareFromLibvirt({ draft, faults, names }: Building, machine: Machine): void {
  if (draft.libvirt.nvramSource) names[NVRAM] = 'source';
  const { firmware, loader } = draft.libvirt;
  const { bios, uefi } = machine.firmware ?? {};
  const isUefi = firmware === 'uefi' || (firmware === undefined && loader?.type === 'pflash');
  if (!isUefi && uefi !== undefined) {
    faults.push({ xpath: '/domain/os', reason: 'only UEFI has variables and secure boot' });
  }
  if (isUefi) {
    const { path } = loader ?? {};
    const secureBoot = uefi?.secureBoot ?? uefi?.loader?.secure ?? preferred(draft, path);
    machine.firmware = {
      uefi: {
        ...uefi,
        ...(secureBoot !== undefined && { secureBoot }),
        ...(path !== undefined && { loader: { ...uefi?.loader, path } }),
      },
    };
  } else if (firmware === 'bios' || loader?.path !== undefined || bios) {
    machine.firmware = { bios: { ...bios, ...(loader?.path !== undefined && { file: loader.path }) } };
  }
}

/** What libvirt is left to choose has the vendors' keys wherever there is firmware for them, which is that of q35. */
const preferred = ({ spec }: DomainDraft, path: string | undefined): true | undefined =>
  path === undefined && spec.machine?.type?.includes('q35') ? true : undefined;

/** What the real-time clock shows, as the schema says it. */
function clockFromLibvirt({ libvirt }: DomainDraft, machine: Machine): void {
  const { offset, basis } = libvirt.clock ?? {};
  if (offset === undefined) return;
  const base = offset === 'localtime' || basis === 'LocalTime' ? ('LocalTime' as const) : ('UTC' as const);
  const adjusted = offset === 'variable' ? { adjustmentSeconds: 0 } : {};
  machine.clock = { base, ...adjusted, ...machine.clock };
}

function clockToLibvirt({ spec, libvirt }: DomainDraft): void {
  const { clock } = spec.machine ?? {};
  if (!clock) return;
  const { base = 'UTC', start, adjustmentSeconds } = clock;
  const plain = base === 'UTC' ? 'utc' : 'localtime';
  const offset = start !== undefined ? 'absolute' : adjustmentSeconds !== undefined ? 'variable' : plain;
  libvirt.clock = { offset, ...(offset === 'variable' && { basis: base }) };
}

/** libvirt boots a disk where nothing says what, by class or device by device. */
function bootFromLibvirt(building: Building, machine: Machine): void {
  const { draft } = building;
  const { kernel, boot = [] } = draft.libvirt;
  const named = boot.flatMap(({ device }) => device ?? []);
  const order = named.length > 0 || isOrdered(draft) ? named : (['disk'] as const);
  if (order.length > 0) machine.boot = { ...machine.boot, order: [...order] };
  if (kernel?.path !== undefined) machine.boot = { ...machine.boot, kernel: kernelOf(building, kernel.path) };
  else if (kernel) building.faults.push({ xpath: '/domain/os', reason: '<initrd> and <cmdline> need a <kernel>' });
}

interface Bootable {
  readonly spec?: { readonly bootOrder?: number };
  readonly bootOrder?: number;
}

/** Whether a device has a place of its own in the order. */
function isOrdered({ spec, disks, interfaces, hostDevices }: DomainDraft): boolean {
  const others = [spec.filesystems, spec.redirectedDevices].flatMap((list) => (list ?? []) as readonly Bootable[]);
  const drafts = [...disks, ...interfaces, ...hostDevices] as readonly unknown[] as readonly Bootable[];
  const all = [...drafts, ...others];
  return all.some((one) => (one.spec?.bootOrder ?? one.bootOrder) !== undefined);
}

type Kernel = NonNullable<NonNullable<Machine['boot']>['kernel']>;

function kernelOf(building: Building, path: string): Kernel {
  const { commandLine, initrd, deviceTree } = building.draft.libvirt.kernel ?? {};
  return {
    image: { name: file(building, 'kernel', path) },
    ...(initrd !== undefined && { initrd: { name: file(building, 'initrd', initrd) } }),
    ...(deviceTree !== undefined && { deviceTree: { name: file(building, 'dtb', deviceTree) } }),
    ...(commandLine !== undefined && { commandLine }),
  };
}

function file(building: Building, what: string, path: string): string {
  const name = kubernetesName(`${building.name}-${what}`);
  const pool = building.options.pool ?? 'default';
  addObject(building, 'VirtualMachineImage', name, { source: { file: { path } }, format: 'raw', pool }, 'Namespaced');
  return name;
}

export function boardToLibvirt(draft: DomainDraft, lookup: Lookup): void {
  const { spec, libvirt } = draft;
  const { firmware, boot, features, smbios } = spec.machine ?? {};
  if (firmware) {
    const path = firmware.uefi?.loader?.path ?? firmware.bios?.file;
    const type = firmware.uefi ? 'pflash' : 'rom';
    libvirt.firmware = firmware.uefi ? 'uefi' : 'bios';
    if (lookup.names[NVRAM] === 'source') libvirt.nvramSource = true;
    if (firmware.uefi || path !== undefined) libvirt.loader = { type, ...(path !== undefined && { path }) };
  }
  if (features?.hyperV) libvirt.hyperV = Object.fromEntries(features.hyperV.map((name) => [name, true]));
  draft.oemStrings = (smbios?.oemStrings ?? []).map((value) => ({ value }));
  clockToLibvirt(draft);
  if (boot?.order) libvirt.boot = boot.order.map((device) => ({ device }));
  if (!boot?.kernel) return;
  const { image, initrd, deviceTree, commandLine } = boot.kernel;
  libvirt.kernel = {
    path: lookup.imagePath(image.name),
    ...(initrd && { initrd: lookup.imagePath(initrd.name) }),
    ...(deviceTree && { deviceTree: lookup.imagePath(deviceTree.name) }),
    ...(commandLine !== undefined && { commandLine }),
  };
}
