import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { type Owner, volumePaths } from '../../storage/volume/index.ts';
import { namespaceOf, uidOf } from '../common/object.ts';

export const imageOwner = (image: VirtualMachineImage): Owner => ({
  kind: 'VirtualMachineImage',
  namespace: namespaceOf(image),
  name: image.metadata.name,
  uid: uidOf(image),
});

/** Where an image's bytes come in, whatever format they turn out to have. */
export const partOf = (image: VirtualMachineImage, pool: string): string =>
  volumePaths(pool, 'images', imageOwner(image), 'raw').part;
