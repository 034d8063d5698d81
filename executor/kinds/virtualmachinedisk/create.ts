import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import type { Context } from '../../controller/types.ts';
import { createVolume } from '../../storage/qemu-img/index.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
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
  task?: Pick<TaskHandle, 'signal'>,
): Promise<void> {
  const { format, preallocation, clusterSize, encryption } = disk.spec;
  const owner = diskOwnership(disk);
  const paths = volumePaths(pool, 'disks', owner, format);
  await makeFolder(paths);
  await removePart(paths);
  if (size !== undefined) await requireSpace(pool, spaceTaken(disk, size));
  if (source.type === 'overlay') await requireImage(context, disk);
  const backing = source.type === 'overlay' ? { backing: source.base } : {};
  try {
    const volume = {
      ...{ path: paths.part, format, preallocation, ...backing },
      ...(size !== undefined && { size }),
      ...(clusterSize !== undefined && { clusterSize: parseSize(clusterSize) }),
      ...(await unlocking(context, namespaceOf(disk), encryption)),
    };
    await createVolume(volume, task ? { signal: task.signal, timeoutMs: LONGEST_MS } : {});
    await giveToQemu(context, paths.part);
    await publish(paths, { ...owner, ...(source.type === 'overlay' && { base: source.base.path }) });
  } catch (error) {
    await removePart(paths);
    throw error;
  }
}

/** A day: to write terabytes of zeroes takes hours. */
const LONGEST_MS = 86_400_000;

const USUAL_CLUSTER = 65_536n;
/** An entry of a table of the second level, and a count of references. */
const METADATA_BYTES_A_CLUSTER = 10n;

/** Bytes that are taken at once: of tables, of content, or nearly none. */
function spaceTaken({ spec: { format, preallocation, clusterSize } }: VirtualMachineDisk, size: bigint): bigint {
  if (preallocation === 'Off') return 0n;
  const cluster = clusterSize === undefined ? USUAL_CLUSTER : parseSize(clusterSize);
  const tables = format === 'qcow2' ? (size / cluster) * METADATA_BYTES_A_CLUSTER : 0n;
  return preallocation === 'Metadata' ? tables : size + tables;
}

/** An image that is on its way out looks for disks last; a disk looks here, after it exists: one of the two sees the other. */
async function requireImage(context: Context, disk: VirtualMachineDisk): Promise<void> {
  const name = disk.spec.source?.image?.name ?? '';
  const image = await readFresh(context, 'VirtualMachineImage', { namespace: namespaceOf(disk), name });
  if (image && image.metadata.deletionTimestamp === undefined) return;
  throw new ImageGoneError(`the image ${name} is being deleted: name another`);
}
