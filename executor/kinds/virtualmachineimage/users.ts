import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { imagesOf } from '../../../schemas/kinds/machine/images.ts';
import type { Context } from '../../controller/types.ts';
import { overlaysOn } from '../../storage/volume/index.ts';
import { namespaceOf } from '../common/object.ts';
import { usablePool } from '../virtualmachinestoragepool/usable.ts';

/** Disks that are overlays on it, machines that show it as a CD-ROM or boot it, and retained volumes whose objects are gone. */
export async function usersOf(
  context: Context,
  image: VirtualMachineImage,
  path: string | undefined,
): Promise<string[]> {
  const namespace = namespaceOf(image);
  const disks = context.store.list('VirtualMachineDisk', namespace).filter((disk) => isOverlay(disk, image));
  const machines = context.store
    .list('VirtualMachine', namespace)
    .filter(({ spec }) => imagesOf(spec).includes(image.metadata.name));
  const named = [
    ...disks.map(({ metadata }) => `disk ${metadata.name}`),
    ...machines.map(({ metadata }) => `machine ${metadata.name}`),
  ];
  if (named.length > 0 || path === undefined) return named;
  return (await retained(context, namespace, path)).map((volume) => `retained volume ${volume}`);
}

/** A raw disk, and one with its space taken at once, is a full copy, and needs the image only until it is made. */
export function isOverlay({ spec, status }: VirtualMachineDisk, { metadata }: VirtualMachineImage): boolean {
  if (spec.source?.image?.name !== metadata.name) return false;
  return status?.path === undefined || (spec.format === 'qcow2' && spec.preallocation === 'Off');
}

async function retained(context: Context, namespace: string, path: string): Promise<string[]> {
  const pools = context.store
    .list('VirtualMachineStoragePool')
    .map(({ metadata }) => usablePool(context, metadata.name).path)
    .filter((pool) => pool !== undefined);
  return (await Promise.all(pools.map((pool) => overlaysOn(pool, namespace, path)))).flat();
}
