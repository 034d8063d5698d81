import type { DomainDraft, SpecDraft } from '../elements/draft.ts';
import { addObject, type Building } from './building.ts';
import type { Lookup } from './lookup.ts';
import { kubernetesName } from './names.ts';

type Features = NonNullable<NonNullable<SpecDraft['machine']>['features']>;
type HyperV = NonNullable<Features['hyperV']>;

/** Carries firmware, boot order, direct kernel and enlightenments over into `spec.machine`. */
export function boardFromLibvirt(building: Building): void {
  const { draft, faults } = building;
  const { firmware, secureBoot, hyperV } = draft.libvirt;
  draft.spec.machine ??= {};
  const { machine } = draft.spec;
  if (secureBoot !== undefined && firmware !== 'uefi') {
    faults.push({ xpath: '/domain/os', reason: 'secure boot needs UEFI' });
  }
  if (firmware)
    machine.firmware = firmware === 'bios' ? { bios: {} } : { uefi: secureBoot === undefined ? {} : { secureBoot } };
  const enlightenments = Object.keys(hyperV ?? {}) as HyperV;
  if (enlightenments.length > 0) machine.features = { ...machine.features, hyperV: enlightenments };
  bootFromLibvirt(building, machine);
}

function bootFromLibvirt(building: Building, machine: NonNullable<SpecDraft['machine']>): void {
  const { kernel, boot = [] } = building.draft.libvirt;
  if (kernel?.path === undefined) {
    if (kernel) building.faults.push({ xpath: '/domain/os', reason: '<initrd> and <cmdline> need a <kernel>' });
    const order = boot.flatMap(({ device }) => device ?? []);
    if (order.length > 0) machine.boot = { order };
    return;
  }
  const { commandLine, initrd } = kernel;
  machine.boot = {
    kernel: {
      image: { name: file(building, 'kernel', kernel.path) },
      ...(initrd !== undefined && { initrd: { name: file(building, 'initrd', initrd) } }),
      ...(commandLine !== undefined && { commandLine }),
    },
  };
}

function file(building: Building, what: string, path: string): string {
  const name = kubernetesName(`${building.name}-${what}`);
  const pool = building.options.pool ?? 'default';
  addObject(building, 'VirtualMachineImage', name, { source: { file: { path } }, format: 'raw', pool }, 'Namespaced');
  return name;
}

export function boardToLibvirt({ spec, libvirt }: DomainDraft, lookup: Lookup): void {
  const { firmware, boot, features } = spec.machine ?? {};
  if (firmware) libvirt.firmware = firmware.uefi ? 'uefi' : 'bios';
  if (firmware?.uefi?.secureBoot !== undefined) libvirt.secureBoot = firmware.uefi.secureBoot;
  if (features?.hyperV) libvirt.hyperV = Object.fromEntries(features.hyperV.map((name) => [name, true]));
  if (boot?.order) libvirt.boot = boot.order.map((device) => ({ device }));
  if (!boot?.kernel) return;
  const { image, initrd, commandLine } = boot.kernel;
  libvirt.kernel = {
    path: lookup.imagePath(image.name),
    ...(initrd && { initrd: lookup.imagePath(initrd.name) }),
    ...(commandLine !== undefined && { commandLine }),
  };
}
