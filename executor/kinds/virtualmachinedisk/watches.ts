import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context, Key, Watch } from '../../controller/types.ts';
import { keyOf, namespaceOf } from '../common/object.ts';
import { diskNameOf } from '../virtualmachine/disk-owner.ts';

type Source = VirtualMachineDisk['spec']['source'];

/** Which disks a change of another object concerns. */
export function disksConcernedBy({ store }: Context): Watch[] {
  const unfinished = (namespace: string | undefined, concerned: (disk: VirtualMachineDisk) => boolean): Key[] =>
    store
      .list('VirtualMachineDisk', namespace)
      .filter((disk) => disk.status?.phase !== 'Ready' && concerned(disk))
      .map(keyOf);
  const from = (has: (source: NonNullable<Source>, name: string) => boolean) => (object: KubeObject) =>
    unfinished(namespaceOf(object), ({ spec }) => spec.source !== undefined && has(spec.source, object.metadata.name));

  return [
    {
      kind: 'VirtualMachineStoragePool',
      keysFor: (pool) => unfinished(undefined, ({ spec }) => spec.pool === pool.metadata.name),
    },
    { kind: 'VirtualMachineImage', keysFor: from(({ image }, name) => image?.name === name) },
    { kind: 'VirtualMachineDisk', keysFor: from(({ disk }, name) => disk?.name === name) },
    { kind: 'VirtualMachineSnapshot', keysFor: from(({ snapshot }, name) => snapshot?.name === name) },
    {
      kind: 'VirtualMachine',
      keysFor: (machine) => [
        ...named(machine as VirtualMachine),
        ...unfinished(namespaceOf(machine), ({ spec }) => Boolean(spec.source?.disk ?? spec.source?.snapshot)),
        ...formerly(machine),
      ],
    },
  ];

  /** Disks that a machine had and does not name any more. */
  function formerly(machine: KubeObject): Key[] {
    return store
      .list('VirtualMachineDisk', namespaceOf(machine))
      .filter(({ status }) => status?.usedBy === machine.metadata.name)
      .map(keyOf);
  }
}

function named(machine: VirtualMachine): Key[] {
  const names = (machine.spec.disks ?? []).map((entry) => diskNameOf(machine, entry));
  return names.flatMap((name) => (name === undefined ? [] : [{ namespace: namespaceOf(machine), name }]));
}
