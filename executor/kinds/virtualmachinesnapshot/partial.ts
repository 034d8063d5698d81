import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import { overlayPath, volumeOf } from '../../storage/chain/index.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { attemptOf, type Freezing, takeBack } from './external.ts';

/** What an external snapshot was announced to freeze. */
export function announced(store: Store, snapshot: VirtualMachineSnapshot): Freezing[] {
  return (snapshot.status?.disks ?? []).flatMap(({ name, disk = '', path }) => {
    const format = store.get('VirtualMachineDisk', { namespace: namespaceOf(snapshot), name: disk })?.spec.format;
    if (path === undefined || format === undefined) return [];
    return [{ name, disk, path, format, overlay: overlayPath(volumeOf(path), uidOf(snapshot)) }];
  });
}

/**
 * Before a machine starts, or is frozen anew: an external snapshot that was interrupted while only some of its overlays were
 * recorded would have them go apart, and another one would lie on an overlay that is yet to go. They are still empty, and are
 * taken back; the snapshot is taken again.
 */
export async function settlePartial(store: Store, machine: VirtualMachine): Promise<void> {
  const taking = store
    .list('VirtualMachineSnapshot', namespaceOf(machine))
    .filter(({ spec, status }) => spec.virtualMachine.name === machine.metadata.name && status?.phase === 'Taking')
    .filter(({ spec }) => spec.method === 'External' && spec.backup === undefined);
  for (const snapshot of taking) {
    const frozen = announced(store, snapshot);
    if ((await attemptOf(undefined, frozen)) === 'none') await takeBack(frozen);
  }
}
