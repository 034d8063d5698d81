import type { VirtualMachineSnapshot } from '../../../../schemas/kinds/snapshot.ts';
import type { Store } from '../../../controller/types.ts';
import type { Qmp } from '../../../qmp/index.ts';
import { type Bitmap, bitmapOf } from '../../../storage/backup/index.ts';
import { hasBitmaps } from '../../../storage/header/bitmaps.ts';
import { listBitmaps, removeBitmap } from '../../../storage/qemu-img/index.ts';
import { namespaceOf, uidOf } from '../../common/object.ts';

const OURS = bitmapOf('');

/** The bitmaps of ours on each node. */
export async function bitmapsOn(qmp: Qmp, nodes: readonly string[]): Promise<Map<string, Bitmap[]>> {
  const found = await qmp.execute('query-named-block-nodes', { flat: true });
  return new Map(
    nodes.map((node) => {
      const all = found.find((one) => one['node-name'] === node)?.['dirty-bitmaps'] ?? [];
      return [node, all.flatMap(({ name, ...rest }) => (name?.startsWith(OURS) ? [{ ...rest, name }] : []))] as const;
    }),
  );
}

/** Removes those of our bitmaps that are not named. */
export async function dropBitmaps(qmp: Qmp, nodes: readonly string[], kept: ReadonlySet<string>): Promise<void> {
  for (const [node, bitmaps] of await bitmapsOn(qmp, nodes)) {
    for (const { name } of bitmaps) {
      if (!kept.has(name)) await qmp.execute('block-dirty-bitmap-remove', { node, name });
    }
  }
}

/** A disk that is put back is not what the bitmaps followed, and qemu refuses to do it as long as there are any. */
export async function forgetChanges(qmp: Qmp, nodes: readonly string[]): Promise<void> {
  await dropBitmaps(qmp, nodes, new Set());
}

/** The same for a volume that no qemu has open. */
export async function forgetChangesOf(path: string): Promise<void> {
  if (!(await hasBitmaps(path))) return;
  for (const name of await listBitmaps(path)) await removeBitmap(path, name);
}

/** Whole backups of the same machine in the same pool, the newest first. */
export function earlierBackups(store: Store, snapshot: VirtualMachineSnapshot): VirtualMachineSnapshot[] {
  const { virtualMachine, backup } = snapshot.spec;
  return store
    .list('VirtualMachineSnapshot', namespaceOf(snapshot))
    .filter(({ spec }) => spec.virtualMachine.name === virtualMachine.name && spec.backup?.pool === backup?.pool)
    .filter((one) => uidOf(one) !== uidOf(snapshot) && one.status?.ready && one.status.takenAt !== undefined)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => (b.status?.takenAt ?? '').localeCompare(a.status?.takenAt ?? ''));
}

/** Bitmaps that the next backup may be built by: that of the newest one in each pool. */
export function neededBitmaps(store: Store, snapshot: VirtualMachineSnapshot): Set<string> {
  const pools = new Set(
    store
      .list('VirtualMachineSnapshot', namespaceOf(snapshot))
      .filter(({ spec }) => spec.virtualMachine.name === snapshot.spec.virtualMachine.name)
      .flatMap(({ spec }) => spec.backup?.pool ?? []),
  );
  const needed = new Set([bitmapOf(uidOf(snapshot))]);
  for (const pool of pools) {
    if (pool === snapshot.spec.backup?.pool) continue;
    const [newest] = earlierBackups(store, { ...snapshot, spec: { ...snapshot.spec, backup: { pool, mode: 'Auto' } } });
    if (newest) needed.add(bitmapOf(uidOf(newest)));
  }
  return needed;
}
