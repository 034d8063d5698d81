import { rename } from 'node:fs/promises';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { downloadApart } from '../../storage/download/index.ts';
import { RefusedImageError } from '../../storage/header/inspect.ts';
import { prepareImage } from '../../storage/import/prepare.ts';
import { type File, resizeVolume } from '../../storage/qemu-img/index.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import {
  availableBytes,
  inspectOwn,
  makeFolder,
  publish,
  removePart,
  type VolumePaths,
  volumePaths,
} from '../../storage/volume/index.ts';
import { namespaceOf } from '../common/object.ts';
import { unlocking } from '../common/passphrase.ts';
import { giveToQemu } from '../common/qemu-user.ts';
import { ImageRefusedError } from '../virtualmachineimage/import.ts';
import { copyVolume } from './copy-volume.ts';
import { diskOwnership } from './observe.ts';
import type { ResolvedSource } from './source.ts';

type LongSource = Extract<ResolvedSource, { type: 'copy' | 'url' }>;

/** A source's size is only known once it is there. */
class SizeTooSmallError extends Error {
  readonly reason = 'SizeTooSmall';
}

/** Copies another volume, or what a URL serves, into a volume that gets its name when it is whole. */
export async function copyDisk(
  context: Context,
  disk: VirtualMachineDisk,
  pool: string,
  source: LongSource,
  size: bigint | undefined,
  task: TaskHandle,
): Promise<void> {
  const owner = diskOwnership(disk);
  const paths = volumePaths(pool, 'disks', owner, disk.spec.format);
  await makeFolder(paths);
  try {
    await (source.type === 'url'
      ? fromUrl(context, disk, paths, source, task)
      : copyVolume(context, disk, paths, source, task));
    const key = await unlocking(context, namespaceOf(disk), disk.spec.encryption);
    await growPart({ path: paths.part, format: disk.spec.format, ...key }, size);
    await giveToQemu(context, paths.part);
    await publish(paths, owner);
  } catch (error) {
    await removePart(paths);
    throw error;
  }
}

/** A download is hostile until its header was read; its checksum is part of the spec, so a half one never passes. */
async function fromUrl(
  context: Context,
  disk: VirtualMachineDisk,
  paths: VolumePaths,
  { url, checksum }: Extract<LongSource, { type: 'url' }>,
  task: TaskHandle,
): Promise<void> {
  const fetched = `${paths.part}.source`;
  const maxBytes = await availableBytes(paths.folder);
  await downloadApart(context.settings.helper, {
    url,
    checksum,
    part: fetched,
    maxBytes,
    signal: task.signal,
    onProgress: task.report,
  });
  try {
    const { path, format, virtualSize } = await prepare(fetched, url, task);
    if (format === 'raw' && disk.spec.format === 'raw' && !disk.spec.encryption) await rename(path, paths.part);
    else await copyVolume(context, disk, paths, { type: 'copy', from: { path, format }, size: virtualSize }, task);
  } finally {
    await removePart({ part: fetched });
  }
}

async function prepare(part: string, url: string, task: TaskHandle) {
  try {
    return await prepareImage({ part, wanted: ['qcow2', 'raw'], task });
  } catch (error) {
    if (!(error instanceof RefusedImageError)) throw error;
    throw new ImageRefusedError(`${url} cannot be a disk: ${error.message}`, { cause: error });
  }
}

async function growPart(part: File, size: bigint | undefined): Promise<void> {
  if (size === undefined) return;
  const { virtualSize } = await inspectOwn({ ...part, encrypted: part.key !== undefined });
  if (size > virtualSize) await resizeVolume(part, size);
  if (size < virtualSize) {
    throw new SizeTooSmallError(`the source has ${virtualSize} bytes, more than spec.size: a disk never shrinks`);
  }
}
