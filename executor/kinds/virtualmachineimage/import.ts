import { open } from 'node:fs/promises';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import { type Inspected, inspectImage, RefusedImageError } from '../../storage/header/inspect.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import { makeFolder, type Owner, publish, removePart, volumePaths } from '../../storage/volume/index.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { showToQemu } from '../common/qemu-user.ts';
import { fetchSource } from './fetch.ts';

/** The content is no image that may be used; the message names it. */
export class ImageRefusedError extends Error {
  override readonly name = 'ImageRefusedError';
  readonly reason = 'ImageRefused';
}

export const imageOwner = (image: VirtualMachineImage): Owner => ({
  kind: 'VirtualMachineImage',
  namespace: namespaceOf(image),
  name: image.metadata.name,
  uid: uidOf(image),
});

/**
 * Fetches an image under a temporary name, judges what came, and only then gives it the name that makes it a base. Killed at
 * any line it can be called again, and a download goes on.
 */
export async function importImage(
  context: Context,
  image: VirtualMachineImage,
  pool: string,
  task: TaskHandle,
): Promise<void> {
  const owner = imageOwner(image);
  const raw = volumePaths(pool, 'images', owner, 'raw');
  await makeFolder(raw);
  const digest = await fetchSource(context, image.spec, raw, task);
  task.report(100);
  try {
    const { format } = await inspectPart(raw.part, image);
    await showToQemu(context, raw.part);
    await publish(volumePaths(pool, 'images', owner, format), { ...owner, digest });
  } catch (error) {
    await removePart(raw);
    throw error;
  }
}

async function inspectPart(part: string, image: VirtualMachineImage): Promise<Inspected> {
  const file = await open(part, 'r');
  try {
    return await inspectImage(file, image.spec.format);
  } catch (error) {
    if (!(error instanceof RefusedImageError)) throw error;
    const { http, file: local } = image.spec.source;
    throw new ImageRefusedError(`${http?.url ?? local?.path} cannot be an image: ${error.message}`, { cause: error });
  } finally {
    await file.close();
  }
}
