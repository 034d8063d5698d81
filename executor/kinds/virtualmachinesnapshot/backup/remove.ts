import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { VirtualMachineSnapshot } from '../../../../schemas/kinds/snapshot.ts';
import type { Context } from '../../../controller/types.ts';
import { rebaseVolume } from '../../../storage/qemu-img/index.ts';
import { isThere } from '../../../storage/volume/index.ts';
import { keyOf, namespaceOf } from '../../common/object.ts';

const KIND = 'VirtualMachineSnapshot';

/** Deletes a backup. Those that are built on it get what they need of it first, and stay whole. */
export async function removeBackup(context: Context, snapshot: VirtualMachineSnapshot): Promise<void> {
  const folder = snapshot.status?.backup?.path;
  if (folder === undefined) return;
  for (const dependent of dependents(context, snapshot)) await detach(context, snapshot, dependent);
  await rm(folder, { recursive: true, force: true });
}

/** Backups that are built on one. */
export function dependents({ store }: Context, { metadata, spec }: VirtualMachineSnapshot): VirtualMachineSnapshot[] {
  return store
    .list(KIND, metadata.namespace ?? 'default')
    .filter((one) => one.status?.backup?.base === metadata.name && one.spec.backup?.pool === spec.backup?.pool);
}

async function detach(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  dependent: VirtualMachineSnapshot,
): Promise<void> {
  const below = snapshot.status?.backup?.base;
  const base =
    below === undefined ? undefined : context.store.get(KIND, { namespace: namespaceOf(snapshot), name: below });
  for (const { name, path } of dependent.status?.disks ?? []) {
    if (path === undefined || !(await isThere(path))) continue;
    const folder = base?.status?.backup?.path;
    const file = folder === undefined ? undefined : join('..', basename(folder), `${name}.qcow2`);
    await rebaseVolume(path, file === undefined ? undefined : { path: file, format: 'qcow2' });
  }
  await context.updateStatus(KIND, keyOf(dependent), ({ status }) => {
    const { backup, ...rest } = status ?? {};
    if (!backup) return rest;
    const { base: _gone, ...others } = backup;
    const next = base ? { ...others, base: base.metadata.name } : { ...others, type: 'Full' as const };
    return { ...rest, backup: next };
  });
}
