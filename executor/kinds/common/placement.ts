import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import { isOurs, holderOf as nodeWith } from '../virtualmachine/holder.ts';
import { isShared } from '../virtualmachinestoragepool/volumes.ts';
import { holderOf } from './disk-users.ts';
import { isDeleting, keyOf, namespaceOf, readFresh } from './object.ts';

/** The node of a machine: the one that has it still, else the one that it is bound to. */
const nodeOf = (machine: VirtualMachine): string | undefined => nodeWith(machine) ?? machine.spec.nodeName;

/**
 * Whether a disk is this node's to act upon: in a pool that nodes share, where its machine is; else where its volume is, else where its machine is bound to, else where its pool
 * leaves no choice. One that nothing binds waits until its first machine is bound.
 */
export function isOurDisk(context: Context, disk: VirtualMachineDisk): boolean {
  const { nodeName, settings, store } = context;
  const holder = settings.standalone ? undefined : holderOf(context, disk);
  const machine = holder && store.get('VirtualMachine', { namespace: namespaceOf(disk), name: holder.name });
  const bound = machine && nodeOf(machine);
  const moves = bound !== undefined && isInSharedPool(context, disk);
  if (disk.status?.nodeName !== undefined && !moves) return disk.status.nodeName === nodeName;
  if (settings.standalone) return true;
  return bound === undefined ? isOnlyNodeOf(context, disk.spec.pool) : bound === nodeName;
}

/** An image is fetched by the node that has it, else by one that has a disk to make from it. */
export function isOurImage(context: Context, image: VirtualMachineImage): boolean {
  const { nodeName, settings, store } = context;
  if (image.status?.nodeName !== undefined) return image.status.nodeName === nodeName;
  if (settings.standalone || isOnlyNodeOf(context, image.spec.pool)) return true;
  const name = image.spec.source.disk?.name;
  const source = name && store.get('VirtualMachineDisk', { namespace: namespaceOf(image), name });
  if (source) return isOurDisk(context, source);
  const disks = store.list('VirtualMachineDisk', namespaceOf(image));
  return disks.some((disk) => disk.spec.source?.image?.name === image.metadata.name && isOurDisk(context, disk));
}

/** So long a new snapshot whose machine is unknown here is left to the node that has the machine. */
const ELSEWHERE_MS = 30_000;
const SPREAD_MS = 5000;

/** Who acts upon a snapshot: `nobody` as long as its machine is on no node. */
export type SnapshotOwner = 'us' | 'others' | 'nobody';

/** A snapshot is taken where its machine is; one whose machine is gone is freed where its volumes are. */
export async function ownerOfSnapshot(context: Context, snapshot: VirtualMachineSnapshot): Promise<SnapshotOwner> {
  const { nodeName, settings, store } = context;
  const key = { namespace: namespaceOf(snapshot), name: snapshot.spec.virtualMachine.name };
  const machine = store.get('VirtualMachine', key);
  if (machine && isOurs(machine, { nodeName, standalone: settings.standalone })) return 'us';
  if (machine) return nodeOf(machine) === undefined && !isNew(context, snapshot) ? 'nobody' : 'others';
  if (settings.standalone) return 'us';
  const names = snapshot.status?.disks?.map(({ disk }) => disk ?? '') ?? [];
  const disks = names.flatMap((name) => store.get('VirtualMachineDisk', { ...key, name }) ?? []);
  if (disks.length > 0 && !disks.some((disk) => isOurDisk(context, disk))) return 'others';
  if (!store.ownMachinesOnly) return 'us';
  if (disks.length === 0 && isNew(context, snapshot)) return 'others';
  const found = await readFresh(context, 'VirtualMachine', key);
  if (!found) return 'us';
  return nodeOf(found) === undefined ? 'nobody' : 'others';
}

/** The node that has the machine says so in a moment: a hundred others need not ask where it is. */
function isNew(context: Context, snapshot: VirtualMachineSnapshot): boolean {
  if (isDeleting(snapshot)) return false;
  const left = Date.parse(snapshot.metadata.creationTimestamp ?? '') + ELSEWHERE_MS - Date.now();
  if (!(left > 0)) return false;
  // Not all nodes at once: what the first one says, the others find said.
  context.enqueue('VirtualMachineSnapshot', keyOf(snapshot), left + Math.random() * SPREAD_MS);
  return true;
}

function isInSharedPool({ store }: Context, { spec }: VirtualMachineDisk): boolean {
  const pool = store.get('VirtualMachineStoragePool', { name: spec.pool });
  return pool !== undefined && isShared(pool);
}

/** Whether a pool is on this node alone, so that nobody else makes what is to lie in it. */
export function isOnlyNodeOf({ nodeName, store }: Context, pool: string): boolean {
  const nodes = store.get('VirtualMachineStoragePool', { name: pool })?.spec.nodeNames;
  return nodes?.length === 1 && nodes[0] === nodeName;
}
