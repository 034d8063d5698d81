import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { isHeld } from '../../controller/finalizer.ts';
import { retryDelayMs } from '../../storage/tasks.ts';
import { failureOf } from '../common/failure.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedImage } from './observe.ts';

export type ImageAction = 'hold' | 'import' | 'forget' | 'cancel' | 'remove' | 'release';

/** What to do next. `nowMs` is of performance.now(), for the delay between attempts. */
export function planImage(image: VirtualMachineImage, observed: ObservedImage, nowMs: number): ImageAction[] {
  if (isDeleting(image)) return planRemoval(image, observed);
  const { pool, stored, conflict, supported, task } = observed;
  const hold: ImageAction[] = isHeld(image) ? [] : ['hold'];
  if (stored) return task && task.state !== 'running' ? [...hold, 'forget'] : hold;
  if (pool.path === undefined || conflict !== undefined || !supported) return [];
  if (task === undefined) return [...hold, 'import'];
  if (task.state === 'done') return [...hold, 'forget', 'import'];
  return task.state === 'failed' && retryInMs(observed, nowMs) === 0 ? [...hold, 'import'] : hold;
}

/** Milliseconds until a failed import is tried again; nothing when it is not. */
export function retryInMs({ task }: ObservedImage, nowMs: number): number | undefined {
  if (task?.state !== 'failed' || !failureOf(task.error, 'ImportFailed').retry) return undefined;
  return retryDelayMs(task, nowMs);
}

/** A base that somebody needs stays. Where the pool cannot be reached, its file cannot be removed. */
function planRemoval(image: VirtualMachineImage, { users, pool }: ObservedImage): ImageAction[] {
  if (!isHeld(image)) return ['cancel'];
  if (users.length > 0) return [];
  if (pool.path !== undefined) return ['cancel', 'remove', 'release'];
  return pool.reason === 'PoolNotFound' ? ['cancel', 'release'] : [];
}
