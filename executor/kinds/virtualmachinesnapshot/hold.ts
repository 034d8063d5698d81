import { API_VERSION } from '../../../schemas/kinds/define.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { isHeld, withFinalizer } from '../../controller/finalizer.ts';
import type { Context } from '../../controller/types.ts';
import { isDeleting, keyOf, patchMetadata, uidOf } from '../common/object.ts';
import { outlasts } from './plan.ts';

const KIND = 'VirtualMachineSnapshot';

/** The snapshot goes with its machine. */
export async function holdFor(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
): Promise<void> {
  const owner = { apiVersion: API_VERSION, kind: 'VirtualMachine', name: machine.metadata.name, uid: uidOf(machine) };
  await patchMetadata(context, KIND, snapshot, (fresh) => {
    if (isDeleting(fresh)) return undefined;
    const { ownerReferences = [] } = fresh.metadata;
    if (outlasts(fresh)) return isHeld(fresh) ? undefined : { finalizers: withFinalizer(fresh) };
    const owned = ownerReferences.some(({ uid }) => uid === owner.uid);
    if (owned && isHeld(fresh)) return undefined;
    return {
      finalizers: withFinalizer(fresh),
      ownerReferences: owned ? ownerReferences : [...ownerReferences, owner],
    };
  });
}

/** One that was deleted before it was held goes at any moment, and nobody would remove what was taken for it. */
export function requireHeld({ store }: Context, snapshot: VirtualMachineSnapshot): void {
  const now = store.get(KIND, keyOf(snapshot));
  if (now && uidOf(now) === uidOf(snapshot) && isHeld(now)) return;
  throw new Error(`the snapshot ${snapshot.metadata.name} was deleted before it was taken`);
}
