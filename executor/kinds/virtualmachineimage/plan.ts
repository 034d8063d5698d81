import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { isHeld } from '../../controller/finalizer.ts';
import { retryDelayMs, type TaskState } from '../../storage/tasks.ts';
import { failureOf } from '../common/failure.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedImage } from './observe.ts';

export type ImageAction =
  | 'hold'
  | 'import'
  | 'forget'
  | 'tidy'
  | 'publish'
  | 'forget-publication'
  | 'cancel'
  | 'remove'
  | 'release';

/** What to do next. `nowMs` is of performance.now(), for the delay between attempts. */
export function planImage(image: VirtualMachineImage, observed: ObservedImage, nowMs: number): ImageAction[] {
  if (isDeleting(image)) return planRemoval(image, observed);
  const { pool, stored, conflict, upload, task } = observed;
  const hold: ImageAction[] = isHeld(image) ? [] : ['hold'];
  if (stored) return [...hold, ...planStored(image, observed, nowMs)];
  if (pool.path === undefined || conflict !== undefined) return [];
  if (upload && upload.checksum === undefined) return hold;
  if (task === undefined) return [...hold, 'import'];
  if (task.state === 'done') return [...hold, 'forget', 'import'];
  return isDue(task, 'ImportFailed', nowMs) ? [...hold, 'import'] : hold;
}

/** A copy goes to a registry once for each reference that the spec names. */
function planStored(image: VirtualMachineImage, observed: ObservedImage, nowMs: number): ImageAction[] {
  const { task, publication, leftover } = observed;
  const tidy: ImageAction[] = leftover && task?.state !== 'running' ? ['tidy'] : [];
  const forget: ImageAction[] = task && task.state !== 'running' ? [...tidy, 'forget'] : tidy;
  const wanted = image.spec.publish?.reference;
  if (wanted === undefined || image.status?.published?.reference === wanted) {
    return publication && publication.state !== 'running' ? [...forget, 'forget-publication'] : forget;
  }
  if (publication === undefined) return [...forget, 'publish'];
  return isDue(publication, 'PublishFailed', nowMs) ? [...forget, 'publish'] : forget;
}

const isDue = (task: TaskState<unknown>, fallback: string, nowMs: number): boolean =>
  retryMs(task, fallback, nowMs) === 0;

function retryMs(task: TaskState<unknown> | undefined, fallback: string, nowMs: number): number | undefined {
  if (task?.state !== 'failed' || !failureOf(task.error, fallback).retry) return undefined;
  return retryDelayMs(task, nowMs);
}

/** Milliseconds until something that failed is tried again; nothing when it is not. */
export function retryInMs({ task, publication }: ObservedImage, nowMs: number): number | undefined {
  return retryMs(task, 'ImportFailed', nowMs) ?? retryMs(publication, 'PublishFailed', nowMs);
}

/** A base that somebody needs stays. Where the pool cannot be reached, its file cannot be removed. */
function planRemoval(image: VirtualMachineImage, { users, pool }: ObservedImage): ImageAction[] {
  if (!isHeld(image)) return ['cancel'];
  if (users.length > 0) return [];
  if (pool.path !== undefined) return ['cancel', 'remove', 'release'];
  return pool.reason === 'PoolNotFound' ? ['cancel', 'release'] : [];
}
