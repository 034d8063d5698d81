import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import { DownloadFailedError } from '../../storage/download/index.ts';
import { RefusedImageError } from '../../storage/header/inspect.ts';
import { type Prepared, prepareImage } from '../../storage/import/prepare.ts';
import { imageFormatsOf } from '../../storage/pool/index.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import { makeFolder, publish, removePart, volumePaths } from '../../storage/volume/index.ts';
import { showToQemu } from '../common/qemu-user.ts';
import { imageOwner } from './owner.ts';
import { findTwin, type Turns, takeFromTwin } from './sharing.ts';
import { locate, sourceName } from './sources.ts';

/** The content is no image that may be used; the message names it. */
export class ImageRefusedError extends Error {
  override readonly name = 'ImageRefusedError';
  readonly reason = 'ImageRefused';
}

const wantedOf = ({ store }: Context, { spec }: VirtualMachineImage) =>
  imageFormatsOf(store.get('VirtualMachineStoragePool', { name: spec.pool })?.spec ?? {});

/** All that the content of an image follows from. */
const keyOf = (context: Context, image: VirtualMachineImage, content: string | undefined): string | undefined => {
  const { format = '', compression = '' } = image.spec;
  return content && [content, format, compression, ...wantedOf(context, image)].join(' ');
};

/**
 * Fetches an image under a temporary name, judges what came, and only then gives it the name that makes it a base. Killed at
 * any line it can be called again, and a download goes on.
 */
export async function importImage(
  context: Context,
  image: VirtualMachineImage,
  pool: string,
  turns: Turns,
  task: TaskHandle,
): Promise<void> {
  const raw = volumePaths(pool, 'images', imageOwner(image), 'raw');
  await makeFolder(raw);
  const source = await locate(context, image, task.signal);
  const key = keyOf(context, image, source.content);
  await turns.take(key, task.signal, async () => {
    const twin = key && (await findTwin(context, image, key));
    if (!twin) return fetchAndPublish(context, image, pool, source, key, task);
    const owner = { ...imageOwner(image), key, ...(twin.digest !== undefined && { digest: twin.digest }) };
    const paths = volumePaths(pool, 'images', owner, twin.format);
    await takeFromTwin(context, twin, paths, { samePool: twin.pool === image.spec.pool, owner, task });
  });
}

async function fetchAndPublish(
  context: Context,
  image: VirtualMachineImage,
  pool: string,
  source: Awaited<ReturnType<typeof locate>>,
  key: string | undefined,
  task: TaskHandle,
): Promise<void> {
  const owner = imageOwner(image);
  const raw = volumePaths(pool, 'images', owner, 'raw');
  try {
    const digest = await source.fetch(raw, task);
    const { path, format } = await prepare(context, image, raw.part, task);
    await showToQemu(context, path);
    const sidecar = { ...owner, digest, ...(key !== undefined && { key }) };
    await publish(volumePaths(pool, 'images', owner, format), sidecar, path);
  } catch (error) {
    if (!isCut(error)) await removePart(raw);
    throw refusedAs(error, image);
  }
}

/** A download that was cut is gone on with; of anything else nothing half made is left. */
const isCut = (error: unknown): boolean => error instanceof DownloadFailedError && error.reason !== 'NoSpace';

const prepare = (
  context: Context,
  { spec, ...image }: VirtualMachineImage,
  part: string,
  task: TaskHandle,
): Promise<Prepared> =>
  prepareImage({
    ...{ part, task, wanted: wantedOf(context, { spec, ...image }) },
    // Ours is a copy in qcow2, whatever a guest has written on its disk.
    format: spec.source.disk ? 'qcow2' : spec.format,
    compression: spec.compression,
  });

function refusedAs(error: unknown, { spec }: VirtualMachineImage): unknown {
  if (!(error instanceof RefusedImageError)) return error;
  return new ImageRefusedError(`${sourceName(spec)} cannot be an image: ${error.message}`, { cause: error });
}
