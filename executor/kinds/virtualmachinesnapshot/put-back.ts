import { randomUUID } from 'node:crypto';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { Context } from '../../controller/types.ts';
import { overlayPath, volumeOf } from '../../storage/chain/index.ts';
import { applySnapshot } from '../../storage/qemu-img/index.ts';
import { namespaceOf } from '../common/object.ts';
import { unlockingDisk } from '../common/passphrase.ts';
import { forgetChangesOf } from './backup/bitmaps.ts';
import { prepareOverlays } from './external.ts';
import type { Held } from './observe.ts';
import { tagOf } from './targets.ts';

/** Once one disk was put back the others have to follow, however long that takes: together they are one point in time. */
export async function applyToAll(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  held: readonly Held[],
): Promise<void> {
  const done: string[] = [];
  for (const { name, path, disk } of held) {
    try {
      await forgetChangesOf(path);
      await applySnapshot(path, tagOf(snapshot), await unlockingDisk(context, namespaceOf(snapshot), disk));
    } catch (error) {
      throw done.length === 0 ? error : torn(done, name, error as Error);
    }
    done.push(name);
  }
}

/** No SnapshotError: the machine stays where it is until the revert has come to its end, or the snapshot is deleted. */
const torn = (done: readonly string[], name: string, cause: Error): Error =>
  Object.assign(
    new Error(
      `the disks ${done.join(', ')} were put back and ${name} was not yet, so that the machine is not started: ${cause.message}`,
      { cause },
    ),
    { reason: 'PartlyReverted' },
  );

/**
 * What is written from now on goes into new overlays on the files that the snapshot froze. They are new each time: on those of an
 * earlier revert, of the same token too, other snapshots may lie. What an attempt that was interrupted made, nobody needs.
 */
export async function putOnNewOverlays(context: Context, held: readonly Held[]): Promise<void> {
  const id = `revert-${randomUUID()}`;
  const frozen = held.map((target) => ({ ...target, overlay: overlayPath(volumeOf(target.path), id) }));
  await prepareOverlays(context, frozen);
}
