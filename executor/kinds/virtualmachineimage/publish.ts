import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import type { VolumeFormat } from '../../storage/qemu-img/index.ts';
import { push } from '../../storage/registry/push.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import { namespaceOf } from '../common/object.ts';
import { openRegistry } from './credentials.ts';

/** What a registry has taken. */
export interface Published {
  readonly reference: string;
  /** Of the manifest. */
  readonly digest: string;
}

/** Sends an image to the registry that its spec names. @throws RegistryError, DownloadFailedError */
export async function publishImage(
  context: Context,
  image: VirtualMachineImage,
  file: { readonly path: string; readonly format: VolumeFormat },
  task: TaskHandle,
): Promise<Published> {
  const { publish } = image.spec;
  if (!publish) throw new Error('the image is not to be published');
  const registry = await openRegistry(context, namespaceOf(image), publish, task.signal);
  const { architecture } = context.facts;
  const layout = publish.layout ?? 'ContainerDisk';
  return {
    reference: publish.reference,
    digest: await push({ registry, file, layout, architecture, task }),
  };
}
