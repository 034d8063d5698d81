import type { VirtualMachine } from '../virtual-machine.ts';

/** Names of the images that a machine needs as they are: those of its disks, and what it boots directly. */
export function imagesOf({ disks = [], machine }: Pick<VirtualMachine['spec'], 'disks' | 'machine'>): string[] {
  const { image, initrd, deviceTree } = machine?.boot?.kernel ?? {};
  const named = [...disks.map((disk) => disk.image), image, initrd, deviceTree];
  return [...new Set(named.flatMap((one) => (one ? [one.name] : [])))];
}
