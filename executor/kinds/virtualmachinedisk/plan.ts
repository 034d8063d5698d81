import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import { isHeld } from '../../controller/finalizer.ts';
import { retryDelayMs } from '../../storage/tasks.ts';
import { failureOf } from '../common/failure.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedDisk } from './observe.ts';

export type DiskAction =
  | { readonly type: 'hold' | 'forget' | 'tidy' | 'cancel' | 'remove' | 'release' }
  /** Quick, done at once. @property size bytes; that of the base where nothing is given */
  | { readonly type: 'create'; readonly size?: bigint }
  /** Long, done beside the queue: a copy, or space that is taken at once. */
  | { readonly type: 'copy'; readonly size?: bigint }
  | { readonly type: 'grow'; readonly size: bigint };

/** What qemu counts a disk in. */
const SECTOR_BYTES = 512n;

/** Bytes asked for, in whole sectors as qemu-img makes them. */
export function wantedSize({ spec }: VirtualMachineDisk): bigint | undefined {
  if (spec.size === undefined) return undefined;
  return ((parseSize(spec.size) + SECTOR_BYTES - 1n) / SECTOR_BYTES) * SECTOR_BYTES;
}

/** What to do next. `nowMs` is of performance.now(), for the delay between attempts. */
export function planDisk(disk: VirtualMachineDisk, observed: ObservedDisk, nowMs: number): DiskAction[] {
  if (isDeleting(disk)) return planRemoval(disk, observed);
  const hold: DiskAction[] = isHeld(disk) ? [] : [{ type: 'hold' }];
  const { volume, pool, conflict, task } = observed;
  if (volume) return [...hold, ...planVolume(disk, observed, volume.virtualSize)];
  if (pool.path === undefined || conflict !== undefined || observed.untrusted || isLost(disk, observed)) return [];
  if (isTooSmall(disk, observed) || task?.state === 'running') return hold;
  if (task?.state === 'failed' && retryInMs(observed, nowMs) !== 0) return hold;
  return [...hold, ...planCreation(disk, observed)];
}

function planVolume(disk: VirtualMachineDisk, observed: ObservedDisk, size: bigint): DiskAction[] {
  const { task, missingBase, leftover } = observed;
  const tidy: DiskAction[] = leftover && task?.state !== 'running' ? [{ type: 'tidy' }] : [];
  const forget: DiskAction[] = task && task.state !== 'running' ? [...tidy, { type: 'forget' }] : tidy;
  const wanted = wantedSize(disk);
  if (wanted === undefined || wanted <= size || missingBase !== undefined) return forget;
  return [...forget, { type: 'grow', size: wanted }];
}

function planCreation(disk: VirtualMachineDisk, { source, task }: ObservedDisk): DiskAction[] {
  if (source.type === 'waiting') return [];
  const wanted = wantedSize(disk);
  const size = wanted === undefined ? {} : { size: wanted };
  const forget: DiskAction[] = task?.state === 'done' ? [{ type: 'forget' }] : [];
  const empty = source.type === 'blank' && disk.spec.preallocation === 'Off';
  const quick = empty || source.type === 'overlay' || source.type === 'adopt';
  return [...forget, { type: quick ? 'create' : 'copy', ...size }];
}

/** A disk that a machine has stays. A volume that is to be kept stays as a file. */
function planRemoval(disk: VirtualMachineDisk, { holder, pool }: ObservedDisk): DiskAction[] {
  if (!isHeld(disk)) return [{ type: 'cancel' }];
  if (holder) return [];
  const end: DiskAction[] = [{ type: 'cancel' }, { type: 'release' }];
  if (disk.spec.reclaimPolicy === 'Retain') return end;
  if (pool.path !== undefined) return [{ type: 'cancel' }, { type: 'remove' }, { type: 'release' }];
  return pool.reason === 'PoolNotFound' || disk.status?.path === undefined ? end : [];
}

/** There was a volume and it is gone: to make an empty one in its place would hide that its data is lost. */
export const isLost = (disk: VirtualMachineDisk, { volume, pool }: ObservedDisk): boolean =>
  volume === undefined && pool.path !== undefined && disk.status?.path !== undefined;

export function isTooSmall(disk: VirtualMachineDisk, { source, volume }: ObservedDisk): boolean {
  const wanted = wantedSize(disk);
  if (volume !== undefined || wanted === undefined || !('size' in source)) return false;
  return wanted < source.size;
}

/** Milliseconds until a failed copy is tried again; nothing when it is not. */
export function retryInMs({ task }: ObservedDisk, nowMs: number): number | undefined {
  if (task?.state !== 'failed' || !failureOf(task.error, 'CopyFailed').retry) return undefined;
  return retryDelayMs(task, nowMs);
}
