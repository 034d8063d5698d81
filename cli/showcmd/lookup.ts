import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { VirtualMachineNetwork } from '../../schemas/kinds/network.ts';
import type { Lookup } from './input.ts';

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const named = <T>(objects: readonly Named[], kind: string, name: string): T | undefined =>
  objects.find((one) => one.kind === kind && one.metadata.name === name) as T | undefined;

/** Finds what a machine names among objects that are given beside it. */
export function lookupIn(objects: readonly Named[]): Lookup {
  return {
    disk: (name) => named<VirtualMachineDisk>(objects, 'VirtualMachineDisk', name),
    image: (name) => named<VirtualMachineImage>(objects, 'VirtualMachineImage', name),
    network: (name) => named<VirtualMachineNetwork>(objects, 'VirtualMachineNetwork', name),
  };
}
