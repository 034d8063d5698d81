import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import { imagesOf } from '../../../schemas/kinds/machine/images.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context, Key, Watch } from '../../controller/types.ts';
import { isDeleting, keyOf, namespaceOf } from '../common/object.ts';

const KIND = 'VirtualMachineImage';
/** Who uses an image is looked at once for a burst of changes. */
const LOOK_AGAIN_MS = 2000;

/** Which images a change of another object concerns. */
export function imagesConcernedBy(context: Context): Watch[] {
  const { store } = context;
  /** Images that wait to go are looked at now, those that a user names a little later. */
  const leaving = (user: KubeObject, names: readonly (string | undefined)[]): Key[] => {
    const namespace = namespaceOf(user);
    for (const name of names) if (name !== undefined) context.enqueue(KIND, { namespace, name }, LOOK_AGAIN_MS);
    return store.list(KIND, namespace).filter(isDeleting).map(keyOf);
  };
  const unfinished = (
    concerned: (spec: ReturnType<typeof store.list<'VirtualMachineImage'>>[number]) => boolean,
  ): Key[] =>
    store
      .list(KIND)
      .filter((image) => image.status?.phase !== 'Ready' && concerned(image))
      .map(keyOf);
  return [
    {
      kind: 'VirtualMachineStoragePool',
      keysFor: (pool) => unfinished(({ spec }) => spec.pool === pool.metadata.name),
    },
    {
      kind: 'VirtualMachineDisk',
      keysFor: (disk) => [
        ...leaving(disk, [(disk as VirtualMachineDisk).spec.source?.image?.name]),
        ...unfinished(({ spec }) => spec.source.disk?.name === disk.metadata.name),
      ],
    },
    {
      kind: 'VirtualMachine',
      keysFor: (machine) => leaving(machine, imagesOf((machine as VirtualMachine).spec)),
    },
  ];
}
