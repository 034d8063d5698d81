import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import type { Context } from '../../controller/types.ts';
import { createVolume } from '../../storage/qemu-img/index.ts';
import { makeFolder, publish, removePart, requireSpace, volumePaths } from '../../storage/volume/index.ts';
import { namespaceOf, readFresh } from '../common/object.ts';
import { unlocking } from '../common/passphrase.ts';
import { giveToQemu } from '../common/qemu-user.ts';
import { diskOwnership } from './observe.ts';
import type { ResolvedSource } from './source.ts';

type QuickSource = Extract<ResolvedSource, { type: 'blank' | 'overlay' }>;

/** The image began to go after the store was read. */
class ImageGoneError extends Error {
  readonly reason = 'ImageNotReady';
}

/** Makes an empty volume or an overlay, whole before it has its name. */
export async function createDisk(
  context: Context,
  disk: VirtualMachineDisk,
  pool: string,
  source: QuickSource,
  size: bigint | undefined,
): Promise<void> {
  const { format, preallocation, clusterSize, encryption } = disk.spec;
  const owner = diskOwnership(disk);
  const paths = volumePaths(pool, 'disks', owner, format);
  await makeFolder(paths);
  await removePart(paths);
  if (size !== undefined && (preallocation === 'Falloc' || preallocation === 'Full')) await requireSpace(pool, size);
  if (source.type === 'overlay') await requireImage(context, disk);
  const backing = source.type === 'overlay' ? { backing: source.base } : {};
  try {
    await createVolume({
      ...{ path: paths.part, format, preallocation, ...backing },
      ...(size !== undefined && { size }),
      ...(clusterSize !== undefined && { clusterSize: parseSize(clusterSize) }),
      ...(await unlocking(context, namespaceOf(disk), encryption)),
    });
    await giveToQemu(context, paths.part);
    await publish(paths, { ...owner, ...(source.type === 'overlay' && { base: source.base.path }) });
  } catch (error) {
    await removePart(paths);
    throw error;
  }
}

/** An image that is on its way out looks for disks last; a disk looks here, after it exists: one of the two sees the other. */
async function requireImage(context: Context, disk: VirtualMachineDisk): Promise<void> {
  const name = disk.spec.source?.image?.name ?? '';
  const image = await readFresh(context, 'VirtualMachineImage', { namespace: namespaceOf(disk), name });
  if (image && image.metadata.deletionTimestamp === undefined) return;
  throw new ImageGoneError(`the image ${name} is being deleted: name another`);
}
