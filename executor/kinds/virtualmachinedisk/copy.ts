import { open, rename, rm } from 'node:fs/promises';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { Context } from '../../controller/types.ts';
import { download } from '../../storage/download/index.ts';
import { inspectImage, RefusedImageError } from '../../storage/header/inspect.ts';
import { type ConvertOptions, convertVolume, type File, resizeVolume } from '../../storage/qemu-img/index.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import {
  availableBytes,
  inspectOwn,
  makeFolder,
  publish,
  removePart,
  requireSpace,
  type VolumePaths,
  volumePaths,
} from '../../storage/volume/index.ts';
import { requireNoQemu } from '../common/disk-users.ts';
import { giveToQemu } from '../common/qemu-user.ts';
import { ImageRefusedError } from '../virtualmachineimage/import.ts';
import { diskOwnership } from './observe.ts';
import type { CopySource, ResolvedSource } from './source.ts';

type LongSource = Extract<ResolvedSource, { type: 'copy' | 'url' }>;

/** Bytes per second that even a slow disk copies: what bounds the time of a copy. */
const SLOWEST_COPY = 4n * 1024n ** 2n;
const LEAST_MS = 120_000;

/** A machine was started while its disk waited to be copied. */
class SourceInUseError extends Error {
  readonly reason = 'SourceInUse';
}

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
    await (source.type === 'url' ? fromUrl(disk, paths, source, task) : fromVolume(context, disk, paths, source, task));
    await growPart({ path: paths.part, format: disk.spec.format }, size);
    await giveToQemu(context, paths.part);
    await publish(paths, owner);
  } catch (error) {
    await removePart(paths);
    throw error;
  }
}

async function fromVolume(
  context: Context,
  disk: VirtualMachineDisk,
  paths: VolumePaths,
  source: CopySource,
  task: TaskHandle,
): Promise<void> {
  const { machine } = source;
  if (!machine) return convert(disk, paths, source, task);
  await context.machines.exclusive(machine.uid, async () => {
    if (context.machines.qmp(machine.uid) === undefined) {
      requireNoQemu(machine.uid, machine.name);
      return convert(disk, paths, source, task);
    }
    throw new SourceInUseError(`the machine ${machine.name} was started: stop it, and the copy is made`);
  });
}

async function convert(
  { spec }: VirtualMachineDisk,
  { part, folder }: VolumePaths,
  { from, size, tag }: Pick<CopySource, 'from' | 'size' | 'tag'>,
  { signal, report }: TaskHandle,
): Promise<void> {
  await requireSpace(folder, spec.preallocation === 'Off' ? (await inspectOwn(from)).actualSize : size);
  const to: File = { path: part, format: spec.format };
  const options: ConvertOptions = {
    from,
    to,
    preallocation: spec.preallocation,
    ...(tag !== undefined && { snapshot: tag }),
  };
  const timeoutMs = Math.max(LEAST_MS, Number((size / SLOWEST_COPY) * 1000n));
  await convertVolume(options, { signal, onProgress: report, timeoutMs });
}

/** A download is hostile until its header was read; its checksum is part of the spec, so a half one never passes. */
async function fromUrl(
  disk: VirtualMachineDisk,
  paths: VolumePaths,
  { url, checksum }: Extract<LongSource, { type: 'url' }>,
  task: TaskHandle,
): Promise<void> {
  const fetched = `${paths.part}.source`;
  const maxBytes = await availableBytes(paths.folder);
  await download({ url, checksum, part: fetched, maxBytes, signal: task.signal, onProgress: task.report });
  try {
    const { format, virtualSize } = await inspect(fetched, url);
    if (format === 'raw' && disk.spec.format === 'raw') await rename(fetched, paths.part);
    else await convert(disk, paths, { from: { path: fetched, format }, size: virtualSize }, task);
  } finally {
    await Promise.all([rm(fetched, { force: true }), rm(`${fetched}.json`, { force: true })]);
  }
}

async function inspect(path: string, url: string) {
  const file = await open(path, 'r');
  try {
    return await inspectImage(file, undefined);
  } catch (error) {
    if (!(error instanceof RefusedImageError)) throw error;
    throw new ImageRefusedError(`${url} cannot be a disk: ${error.message}`, { cause: error });
  } finally {
    await file.close();
  }
}

async function growPart(part: File, size: bigint | undefined): Promise<void> {
  if (size === undefined) return;
  const { virtualSize } = await inspectOwn(part);
  if (size > virtualSize) await resizeVolume(part, size);
  if (size < virtualSize) {
    throw new SizeTooSmallError(`the source has ${virtualSize} bytes, more than spec.size: a disk never shrinks`);
  }
}
