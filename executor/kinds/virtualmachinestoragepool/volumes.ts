import type { VirtualMachineStoragePool } from '../../../schemas/kinds/storage-pool.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import type { Context } from '../../controller/types.ts';
import type { KnownVolumes } from '../../storage/pool/index.ts';
import { namespaceOf, uidOf } from '../common/object.ts';

/** Objects that have a volume in a pool, as `disk default/web-root`. */
export function usersOf({ store }: Context, { metadata }: VirtualMachineStoragePool): string[] {
  const named =
    (word: string) => (object: { spec: { pool: string }; metadata: { name: string; namespace?: string } }) =>
      object.spec.pool === metadata.name ? [`${word} ${namespaceOf(object as never)}/${object.metadata.name}`] : [];
  return [
    ...store.list('VirtualMachineDisk').flatMap(named('disk')),
    ...store.list('VirtualMachineImage').flatMap(named('image')),
  ];
}

/** Every node sees all that is in such a pool; of another one only what it holds itself. */
export const isShared = ({ spec }: VirtualMachineStoragePool): boolean =>
  spec.nfs !== undefined || spec.dir?.shared === true;

/** Bytes that a pool's volumes take once every thin disk is full; an image never grows. */
export function committedBytes({ store, nodeName }: Context, pool: VirtualMachineStoragePool): bigint {
  const here = ({ spec, status }: { spec: { pool: string }; status?: { nodeName?: string | undefined } }) =>
    spec.pool === pool.metadata.name && (isShared(pool) || status?.nodeName === nodeName);
  const disks = store.list('VirtualMachineDisk').filter(here);
  const images = store.list('VirtualMachineImage').filter(here);
  return [
    ...disks.map(({ status }) => larger(bytes(status?.virtualSize), bytes(status?.actualSize))),
    ...images.map(({ status }) => bytes(status?.actualSize)),
  ].reduce((sum, size) => sum + size, 0n);
}

const bytes = (size: string | undefined): bigint => (size === undefined ? 0n : parseSize(size));
/** Snapshots inside a volume make it larger than its guest sees it. */
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** All that any object says is its own, whichever pool and namespace it is in. */
export function knownVolumes({ store }: Context): KnownVolumes {
  const disks = store.list('VirtualMachineDisk');
  const images = store.list('VirtualMachineImage');
  const owners = [...disks, ...images, ...store.list('VirtualMachineSnapshot')];
  const paths = [
    ...disks.flatMap(({ status }) => [status?.path, ...(status?.backingChain ?? [])]),
    ...images.map(({ status }) => status?.path),
  ];
  return { uids: new Set(owners.map(uidOf)), paths: new Set(paths.filter((path) => path !== undefined)) };
}
