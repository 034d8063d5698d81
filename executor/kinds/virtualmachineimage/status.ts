import type { VirtualMachineImage, VirtualMachineImageStatus } from '../../../schemas/kinds/image.ts';
import { formatSize } from '../../../schemas/types/size.ts';
import { makeCondition, no, type Verdict, withCondition, yes } from '../common/condition.ts';
import { failureOf } from '../common/failure.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedImage, StoredImage } from './observe.ts';

type Phase = NonNullable<VirtualMachineImageStatus['phase']>;

interface State {
  readonly phase: Phase;
  readonly ready: Verdict;
  readonly progress?: number | undefined;
}

/** @param now RFC 3339 */
export function imageStatus(
  image: VirtualMachineImage,
  observed: ObservedImage,
  nodeName: string,
  now: string,
): VirtualMachineImageStatus {
  const { phase, ready, progress } = stateOf(image, observed);
  const generation = image.metadata.generation;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    ...(progress !== undefined && { progress }),
    ...(observed.stored && { ...describe(observed.stored), nodeName }),
    conditions: withCondition(image.status?.conditions, makeCondition(image, 'Ready', ready, now)),
  };
}

const describe = ({ format, virtualSize, actualSize, digest, path }: StoredImage): VirtualMachineImageStatus => ({
  format,
  virtualSize: formatSize(virtualSize),
  actualSize: formatSize(actualSize),
  ...(digest !== undefined && { digest }),
  path,
});

function stateOf(image: VirtualMachineImage, observed: ObservedImage): State {
  if (isDeleting(image)) return deleting(observed);
  const { pool, stored, conflict, source, supported, task } = observed;
  if (stored) return { phase: 'Ready', progress: 100, ready: yes('Ready', 'disks can be made from the image') };
  if (!supported) return { phase: 'Failed', ready: notSupported(source) };
  if (pool.path === undefined) return { phase: 'Pending', ready: no(pool.reason, pool.message) };
  if (conflict !== undefined) return { phase: 'Failed', ready: no('VolumeExists', conflict) };
  if (task?.state === 'failed') return failed(task.error);
  return importing(task?.state === 'running' ? task.progress : undefined);
}

function deleting({ users, pool }: ObservedImage): State {
  const message = `the image is the base of ${users.join(', ')}: delete that, and the image goes`;
  if (users.length > 0) return { phase: 'Deleting', ready: no('InUse', message) };
  if (pool.path === undefined) return { phase: 'Deleting', ready: no(pool.reason, pool.message) };
  return { phase: 'Deleting', ready: no('Deleting', 'the image is being removed from its pool') };
}

const notSupported = (source: string | undefined): Verdict =>
  no(
    'SourceNotSupported',
    `images from the source ${source ?? '(none)'} are not supported yet: use http or file, with the same content`,
  );

function failed(error: Error): State {
  const { reason, message, retry } = failureOf(error, 'ImportFailed');
  const next = retry ? 'it is tried again' : 'delete the image and make it anew';
  return { phase: retry ? 'Pending' : 'Failed', ready: no(reason, `${message} (${next})`) };
}

function importing(progress: number | undefined): State {
  const verifying = progress === 100;
  return {
    phase: verifying ? 'Verifying' : 'Downloading',
    progress: progress ?? 0,
    ready: no('Importing', verifying ? 'the content is being verified' : 'the content is being fetched'),
  };
}
