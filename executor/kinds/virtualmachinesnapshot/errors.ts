import { QmpError, QmpJobError } from '../../qmp/index.ts';
import { QemuImgError } from '../../storage/qemu-img/index.ts';

/** A snapshot, a revert or a deletion that did not work out and is not tried again by itself. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  /** CamelCase, for a condition. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Of a disk with a job: block_job_add_bdrv() blocks nearly all else, and the filter of a copy is the root in its place. */
const BUSY = /\bis busy: block device is in use by block job|Need a root block node/i;

const NO_SPACE = /No space left on device/i;

/**
 * What qemu or qemu-img refused, as an error that is shown and not repeated. Others, such as a broken connection or a
 * volume that a qemu still has open, go through: the next attempt may find them mended.
 */
export function settled(what: string, error: unknown): Error {
  const cause = error as Error;
  if (isFull(error)) {
    return new SnapshotError('NoSpace', `${what}: no space is left in the pool; free some, and try again`, { cause });
  }
  if (error instanceof QmpError && BUSY.test(error.message)) {
    return new SnapshotError('DiskBusy', `${what} while a disk is being copied or merged: ${cause.message}`, { cause });
  }
  const refused = error instanceof QmpError || error instanceof QmpJobError || isFinal(error);
  return refused ? new SnapshotError('Refused', `${what}: ${cause.message}`, { cause }) : cause;
}

const isFull = (error: unknown): boolean =>
  (error instanceof QemuImgError && error.code === 'NoSpace') ||
  ((error instanceof QmpError || error instanceof QmpJobError) && NO_SPACE.test(error.message));

const isFinal = (error: unknown): boolean =>
  error instanceof QemuImgError && error.code !== 'InUse' && error.code !== 'TimedOut';
