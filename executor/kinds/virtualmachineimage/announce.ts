import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import { failureOf } from '../common/failure.ts';
import type { ObservedImage } from './observe.ts';

/** Events for what is new since the status that the image had. */
export function announce({ events }: Context, image: VirtualMachineImage, observed: ObservedImage): void {
  const { stored, task, publication } = observed;
  const { phase, published, conditions } = image.status ?? {};
  if (stored && phase !== 'Ready' && phase !== 'Deleting') {
    events.record(image, 'Normal', 'Imported', `the image is at ${stored.path}`);
  }
  const sent = publication?.state === 'done' ? publication.value : undefined;
  if (sent && sent.digest !== published?.digest) {
    events.record(image, 'Normal', 'Published', `${sent.reference} is ${sent.digest}`);
  }
  for (const [failed, fallback] of [
    [task, 'ImportFailed'],
    [publication, 'PublishFailed'],
  ] as const) {
    if (failed?.state !== 'failed') continue;
    const { reason, message } = failureOf(failed.error, fallback);
    if (conditions?.some((condition) => condition.reason === reason)) continue;
    events.record(image, 'Warning', reason, message);
  }
}
