import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import { imagesOf } from '../../schemas/kinds/machine/images.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

export interface Namespace {
  readonly images: readonly VirtualMachineImage[];
  readonly disks: readonly VirtualMachineDisk[];
  readonly machines: readonly VirtualMachine[];
}

/** Images on their way in are somebody's business, and so are those that a registry waits for. */
function isAtRest({ metadata, spec, status }: VirtualMachineImage): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (spec.publish && status?.published?.reference !== spec.publish.reference) return false;
  return status?.phase === 'Ready' || status?.phase === 'Failed';
}

/**
 * The images of a namespace that nothing needs: no disk is made from one, no machine names it, and its node knows of no volume
 * on it, not even one whose object is gone. Only those that are older than so many milliseconds.
 */
export function unusedImages({ images, disks, machines }: Namespace, olderThanMs: number, now: number) {
  const named = new Set([
    ...disks.flatMap(({ spec }) => spec.source?.image?.name ?? []),
    ...machines.flatMap(({ spec }) => imagesOf(spec)),
  ]);
  return images.filter(
    (image) =>
      isAtRest(image) &&
      !named.has(image.metadata.name) &&
      (image.status?.usedBy ?? []).length === 0 &&
      now - Date.parse(image.metadata.creationTimestamp ?? '') >= olderThanMs,
  );
}
