import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';

/**
 * The snapshot that a machine is just being put back to. As long as there is one, the machine must neither be started nor
 * continued by anybody else: a revert that was interrupted is done again, and what the guest wrote in between would be lost.
 */
export function isBeingReverted(store: Store, { metadata }: VirtualMachine): string | undefined {
  const snapshots = store.list('VirtualMachineSnapshot', metadata.namespace ?? 'default');
  const reverting = snapshots.find(
    ({ spec, status }) => spec.virtualMachine.name === metadata.name && status?.phase === 'Reverting',
  );
  return reverting?.metadata.name;
}
