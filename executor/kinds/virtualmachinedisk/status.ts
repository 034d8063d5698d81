import type { VirtualMachineDisk, VirtualMachineDiskStatus } from '../../../schemas/kinds/disk.ts';
import { formatSize } from '../../../schemas/types/size.ts';
import type { Volume } from '../../storage/volume/index.ts';
import { makeCondition, no, type Verdict, withCondition, yes } from '../common/condition.ts';
import { failureOf } from '../common/failure.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedDisk } from './observe.ts';
import { isLost, isTooSmall, wantedSize } from './plan.ts';

type Phase = NonNullable<VirtualMachineDiskStatus['phase']>;

interface State {
  readonly phase: Phase;
  readonly ready: Verdict;
}

/**
 * @param error what the last action met, if anything
 * @param now RFC 3339
 */
export function diskStatus(
  disk: VirtualMachineDisk,
  observed: ObservedDisk,
  error: Error | undefined,
  nodeName: string,
  now: string,
): VirtualMachineDiskStatus {
  const { phase, ready } = stateOf(disk, observed, error);
  const { volume, holder, task } = observed;
  const generation = disk.metadata.generation;
  const progress = task?.state === 'running' ? task.progress : undefined;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    phase,
    ...(volume ? describe(volume, nodeName) : lastKnown(disk)),
    ...(holder && { usedBy: holder.name }),
    ...(progress !== undefined && { progress }),
    conditions: withCondition(disk.status?.conditions, makeCondition(disk, 'Ready', ready, now)),
  };
}

const describe = (volume: Volume, nodeName: string): VirtualMachineDiskStatus => ({
  nodeName,
  path: volume.path,
  virtualSize: formatSize(volume.virtualSize),
  actualSize: formatSize(volume.actualSize),
  ...(volume.backingChain.length > 0 && { backingChain: [...volume.backingChain] }),
});

/** That there was a volume must not be forgotten while it cannot be seen: else an empty one would take its place. */
const lastKnown = ({ status }: VirtualMachineDisk): VirtualMachineDiskStatus => ({
  ...(status?.nodeName !== undefined && { nodeName: status.nodeName }),
  ...(status?.path !== undefined && { path: status.path }),
  ...(status?.virtualSize !== undefined && { virtualSize: status.virtualSize }),
});

function stateOf(disk: VirtualMachineDisk, observed: ObservedDisk, error: Error | undefined): State {
  if (isDeleting(disk)) return deleting(observed, error);
  const { pool, conflict } = observed;
  if (pool.path === undefined) return { phase: 'Pending', ready: no(pool.reason, pool.message) };
  if (conflict !== undefined) return { phase: 'Failed', ready: no('VolumeExists', conflict) };
  if (observed.untrusted) return { phase: 'Failed', ready: verdictOf(observed.untrusted, 'VolumeUnreadable') };
  if (isLost(disk, observed)) return { phase: 'Failed', ready: lost(disk) };
  return observed.volume ? present(disk, observed, observed.volume, error) : absent(disk, observed, error);
}

function deleting({ holder, pool }: ObservedDisk, error: Error | undefined): State {
  const phase = 'Deleting';
  if (holder) {
    const message = `the machine ${holder.name} has the disk: take it out of the machine, or delete the machine, and the disk goes`;
    return { phase, ready: no('InUse', message) };
  }
  if (error) return { phase, ready: verdictOf(error, 'RemovalFailed') };
  if (pool.path === undefined) return { phase, ready: no(pool.reason, pool.message) };
  return { phase, ready: no('Deleting', 'the volume is being removed from its pool') };
}

const lost = ({ status }: VirtualMachineDisk): Verdict =>
  no(
    'VolumeMissing',
    `the volume ${status?.path} is gone: put the file back (is its file system mounted?), or delete the disk`,
  );

function present(
  disk: VirtualMachineDisk,
  { missingBase }: ObservedDisk,
  { virtualSize }: Volume,
  error: Error | undefined,
): State {
  const wanted = wantedSize(disk);
  if (missingBase !== undefined) {
    const message = `the volume is an overlay on ${missingBase}, which is gone: put that file back`;
    return { phase: 'Failed', ready: no('BaseMissing', message) };
  }
  if (wanted !== undefined && wanted > virtualSize) {
    const resizing = no('Resizing', `the volume is being grown to ${wanted} bytes`);
    return { phase: 'Resizing', ready: error ? verdictOf(error, 'ResizeFailed') : resizing };
  }
  return { phase: 'Ready', ready: yes('Ready', 'the volume can be used') };
}

function absent(disk: VirtualMachineDisk, observed: ObservedDisk, error: Error | undefined): State {
  const { source, task } = observed;
  const failed = error ?? (task?.state === 'failed' ? task.error : undefined);
  if (isTooSmall(disk, observed) && 'size' in source) {
    const message = `spec.size is smaller than the ${source.size} bytes of the source: make it at least as large, or leave it out`;
    return { phase: 'Failed', ready: no('SizeTooSmall', message) };
  }
  if (failed) {
    const phase = failureOf(failed, 'CreationFailed').retry ? 'Pending' : 'Failed';
    return { phase, ready: verdictOf(failed, 'CreationFailed') };
  }
  if (task?.state === 'running') return { phase: 'Creating', ready: no('Copying', 'the content is being copied') };
  if (source.type === 'waiting') return { phase: 'Pending', ready: no(source.reason, source.message) };
  return { phase: 'Creating', ready: no('Creating', 'the volume is being made') };
}

function verdictOf(error: Error, fallback: string): Verdict {
  const { reason, message, retry } = failureOf(error, fallback);
  return no(reason, retry ? `${message} (it is tried again)` : message);
}
