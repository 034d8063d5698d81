import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import type { Resolved, VolumeFile } from './resources.ts';

/** An image of the machine's namespace, used as it is. */
export function resolveImage(machine: VirtualMachine, name: string, store: Store): Resolved<VolumeFile> {
  const image = store.get('VirtualMachineImage', { namespace: machine.metadata.namespace ?? 'default', name });
  if (!image) return { problem: { reason: 'ImageMissing', message: `the image ${name} is not there; create it` } };
  const { phase, path, format = 'raw', conditions } = image.status ?? {};
  if (phase === 'Ready' && path !== undefined) return { value: { path, format, readOnly: true } };
  const why = conditions?.find(({ type }) => type === 'Ready')?.message ?? 'it was not looked at yet';
  const reason = phase === 'Failed' ? 'ImageFailed' : 'ImageNotReady';
  return { problem: { reason, message: `the image ${name} is not ready: ${why}` } };
}
