import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context, Key, Watch } from '../../controller/types.ts';
import { isDeleting, keyOf, namespaceOf } from '../common/object.ts';

/** Which snapshots a change of another object concerns. */
export function snapshotsConcernedBy({ store }: Context): Watch[] {
  const those = (object: KubeObject, concerned: (snapshot: VirtualMachineSnapshot) => boolean): Key[] =>
    store.list('VirtualMachineSnapshot', namespaceOf(object)).filter(concerned).map(keyOf);

  return [
    {
      kind: 'VirtualMachine',
      keysFor: (machine) =>
        those(
          machine,
          ({ spec, status }) =>
            spec.virtualMachine.name === machine.metadata.name && (status?.phase !== 'Ready' || isDeleting(machine)),
        ),
    },
    {
      kind: 'VirtualMachineDisk',
      keysFor: (disk) => those(disk, ({ status }) => status?.phase === undefined || status.phase === 'Pending'),
    },
  ];
}
