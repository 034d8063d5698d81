import type { VirtualMachineImage, VirtualMachineImageStatus } from '../../../schemas/kinds/image.ts';
import type { Condition } from '../../../schemas/types/condition.ts';
import { formatSize } from '../../../schemas/types/size.ts';
import type { UploadState } from '../../storage/upload.ts';
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

/** As many users as a status has room for. */
const SHOWN_USERS = 32;

/** @param now RFC 3339 */
export function imageStatus(
  image: VirtualMachineImage,
  observed: ObservedImage,
  nodeName: string,
  now: string,
): VirtualMachineImageStatus {
  const { phase, ready, progress } = stateOf(image, observed);
  const { stored, upload, users } = observed;
  const generation = image.metadata.generation;
  const published = publishedOf(image, observed);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    ...(progress !== undefined && { progress }),
    ...(stored && describe(stored)),
    ...((stored ?? (upload?.received || undefined)) !== undefined && { nodeName }),
    ...(published && { published }),
    ...(users.length > 0 && { usedBy: users.slice(0, SHOWN_USERS) }),
    conditions: conditionsOf(image, observed, ready, now),
  };
}

function conditionsOf(image: VirtualMachineImage, observed: ObservedImage, ready: Verdict, now: string): Condition[] {
  const before = image.status?.conditions;
  const next = withCondition(before, makeCondition(image, 'Ready', ready, now));
  const publication = publicationOf(image, observed);
  if (!publication) return next.filter(({ type }) => type !== 'Published');
  return withCondition(next, makeCondition(image, 'Published', publication, now));
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
  const { pool, stored, conflict, upload, task } = observed;
  if (stored) return { phase: 'Ready', progress: 100, ready: yes('Ready', 'disks can be made from the image') };
  if (pool.path === undefined) return { phase: 'Pending', ready: no(pool.reason, pool.message) };
  if (conflict !== undefined) return { phase: 'Failed', ready: no('VolumeExists', conflict) };
  if (task?.state === 'failed') return failed(task.error);
  if (upload && upload.checksum === undefined) return waiting(image, upload);
  return task?.state === 'running' ? importing(task.stage, task.progress) : importing(undefined, undefined);
}

function deleting({ users, pool }: ObservedImage): State {
  const message = `the image is the base of ${users.join(', ')}: delete that, and the image goes`;
  if (users.length > 0) return { phase: 'Deleting', ready: no('InUse', message) };
  if (pool.path === undefined) return { phase: 'Deleting', ready: no(pool.reason, pool.message) };
  return { phase: 'Deleting', ready: no('Deleting', 'the image is being removed from its pool') };
}

function waiting({ metadata }: VirtualMachineImage, { received, size }: UploadState): State {
  const progress = size ? Math.floor((received / size) * 100) : 0;
  const next = `vmctl image import FILE --name ${metadata.name}`;
  if (received === 0) {
    return { phase: 'Pending', progress, ready: no('WaitingForUpload', `the content is to be sent: ${next}`) };
  }
  const message = `${received} of ${size} bytes have been sent; if nothing more comes, go on with: ${next}`;
  return { phase: 'Uploading', progress, ready: no('Uploading', message) };
}

function failed(error: Error): State {
  const { reason, message, retry } = failureOf(error, 'ImportFailed');
  const next = retry ? 'it is tried again' : 'delete the image and make it anew';
  return { phase: retry ? 'Pending' : 'Failed', ready: no(reason, `${message} (${next})`) };
}

/** What a stage of an import is, as a phase and in words. */
const STAGES = {
  Downloading: 'the content is being fetched',
  Verifying: 'the content is being verified',
  Unpacking: 'the content is being unpacked',
  Converting: 'the content is being converted to what the pool takes',
} as const satisfies Partial<Record<Phase, string>>;

function importing(stage: string | undefined, progress: number | undefined): State {
  const known = Object.keys(STAGES) as (keyof typeof STAGES)[];
  const phase = known.find((name) => name === stage) ?? 'Downloading';
  return { phase, progress: progress ?? 0, ready: no('Importing', STAGES[phase]) };
}

/** What was published stays said, until another reference is. */
function publishedOf({ status }: VirtualMachineImage, { publication }: ObservedImage) {
  return publication?.state === 'done' && publication.value ? publication.value : status?.published;
}

function publicationOf(image: VirtualMachineImage, observed: ObservedImage): Verdict | undefined {
  const { publish } = image.spec;
  if (!publish) return undefined;
  const { publication, stored } = observed;
  const done = publishedOf(image, observed);
  if (done?.reference === publish.reference) return yes('Published', `${done.reference} is ${done.digest}`);
  if (!stored) return no('ImageNotReady', 'the image is published once it is ready');
  if (publication?.state !== 'failed') {
    const percent = publication?.state === 'running' ? ` (${publication.progress ?? 0}%)` : '';
    return no('Publishing', `the image is being sent to ${publish.reference}${percent}`);
  }
  const { reason, message, retry } = failureOf(publication.error, 'PublishFailed');
  return no(reason, `${message} (${retry ? 'it is tried again' : 'change spec.publish'})`);
}
