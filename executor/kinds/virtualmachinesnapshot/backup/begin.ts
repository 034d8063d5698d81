import { chmod, mkdir, rm } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { VirtualMachineSnapshot } from '../../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../../controller/types.ts';
import type { Qmp, TransactionAction } from '../../../qmp/index.ts';
import { backupFile, bitmapOf, type Choice, chooseBase, readManifest } from '../../../storage/backup/index.ts';
import { activeFile } from '../../../storage/chain/index.ts';
import { createVolume } from '../../../storage/qemu-img/index.ts';
import { inspectOwn, isThere } from '../../../storage/volume/index.ts';
import { keyOf, namespaceOf, uidOf } from '../../common/object.ts';
import { giveToQemu } from '../../common/qemu-user.ts';
import { announceTaking, describeMoment, withQuiesced } from '../announce.ts';
import { whileFrozen } from '../quiesce.ts';
import type { Target } from '../targets.ts';
import { bitmapsOn, earlierBackups } from './bitmaps.ts';
import type { Engine } from './engine.ts';
import { dropJobs, jobOf, knownJobs } from './jobs.ts';

const KIND = 'VirtualMachineSnapshot';

export interface Backup {
  readonly context: Context;
  readonly snapshot: VirtualMachineSnapshot;
  readonly machine: VirtualMachine;
  readonly targets: readonly Target[];
  readonly folder: string;
  readonly pool: string;
  /** Of the jobs, and of the nodes that they copy to. */
  readonly ids: readonly string[];
}

/** Nothing half made stays; what the bitmap of the last good backup knows is not touched by one that failed. */
export async function abandon({ snapshot, ids, folder }: Backup, qmp: Qmp, error: Error): Promise<never> {
  await dropJobs(qmp, ids).catch(() => {});
  const nodes = await qmp.execute('query-named-block-nodes', { flat: true }).catch(() => []);
  const name = bitmapOf(uidOf(snapshot));
  for (const node of nodes) {
    const has = node['dirty-bitmaps']?.some((bitmap) => bitmap.name === name);
    if (has) await qmp.execute('block-dirty-bitmap-remove', { node: node['node-name'] ?? '', name }).catch(() => {});
  }
  await rm(folder, { recursive: true, force: true });
  throw error;
}

/** Sets the copy of every disk going, in one instant; one that goes on from before is left to it. */
export async function begin(backup: Backup, engine: Engine): Promise<void> {
  const { context, snapshot, machine, targets, folder, ids } = backup;
  if ((await knownJobs(engine.qmp, ids)).length === ids.length && (await isThere(folder))) return;
  await dropJobs(engine.qmp, ids);
  const choice = await choose(backup, engine);
  const base = choice.type === 'Incremental' ? await baseFolder(backup, choice.base.name) : undefined;
  await rm(folder, { recursive: true, force: true });
  await makeFolders(backup);
  await makeCopies(backup, engine, base);
  await announceTaking(context, snapshot, machine, {
    targets,
    ...(await describeMoment(engine.live ? engine.qmp : undefined, false, machine)),
    backup: { path: folder, ...(choice.type === 'Full' ? choice : { type: choice.type, base: choice.base.name }) },
  });
  const actions = targets.flatMap((target) => actionsFor(backup, engine, target, choice));
  const start = () => engine.qmp.execute('transaction', { actions });
  try {
    const { verdict } = await whileFrozen(context, snapshot, machine, engine.live ? engine.qmp : undefined, start);
    await context.updateStatus('VirtualMachineSnapshot', keyOf(snapshot), (fresh) =>
      withQuiesced(fresh, fresh.status ?? {}, verdict),
    );
  } catch (error) {
    await abandon(backup, engine.qmp, error as Error);
  }
}

/** Leftovers of an earlier attempt know nothing that is needed. */
async function choose({ context, snapshot, targets }: Backup, { qmp, nodes }: Engine): Promise<Choice> {
  const own = bitmapOf(uidOf(snapshot));
  const bitmaps = await bitmapsOn(qmp, [...nodes.values()]);
  for (const [node, found] of bitmaps) {
    if (found.some(({ name }) => name === own)) await qmp.execute('block-dirty-bitmap-remove', { node, name: own });
  }
  const [newest] = earlierBackups(context.store, snapshot);
  const earlier = newest && {
    name: newest.metadata.name,
    uid: uidOf(newest),
    disks: newest.status?.disks?.map(({ name }) => name) ?? [],
  };
  const sources = await Promise.all(
    targets.map(async (target) => ({
      name: target.name,
      format: (await activeFile(target)).format,
      bitmaps: bitmaps.get(nodes.get(target.name) ?? '') ?? [],
    })),
  );
  return chooseBase(snapshot.spec.backup?.mode ?? 'Auto', earlier, sources);
}

/** @throws when it is not where it should be: then the next attempt makes a full one, since it does not count any more */
async function baseFolder({ context, snapshot }: Backup, name: string): Promise<string> {
  const base = context.store.get(KIND, { namespace: namespaceOf(snapshot), name });
  const path = base?.status?.backup?.path;
  if (path !== undefined && (await readManifest(path))) return path;
  throw new Error(`the backup ${name} is not in ${path} any more`);
}

/** qemu runs as another user: it may pass through. */
async function makeFolders({ pool, folder }: Backup): Promise<void> {
  let path = pool;
  for (const part of relative(pool, folder).split(sep)) {
    path = join(path, part);
    await mkdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await chmod(path, 0o711);
  }
}

async function makeCopies(
  { context, snapshot, targets, folder }: Backup,
  { qmp }: Engine,
  base: string | undefined,
): Promise<void> {
  for (const target of targets) {
    const path = backupFile(folder, target.name);
    const { virtualSize } = await inspectOwn(await activeFile(target));
    // By a relative name, so that a whole chain can be moved.
    const backing = base && { path: join('..', basename(base), `${target.name}.qcow2`), format: 'qcow2' as const };
    await createVolume({ path, format: 'qcow2', size: virtualSize, ...(backing && { backing }) });
    await giveToQemu(context, path);
    const file = { driver: 'file', filename: path };
    const node = jobOf(uidOf(snapshot), target.name);
    await qmp.execute('blockdev-add', { driver: 'qcow2', 'node-name': node, file, backing: null });
  }
}

/** A new bitmap knows what changes from this instant on; that of the last backup goes on knowing it too, until this one is whole. */
function actionsFor(
  { snapshot }: Backup,
  { nodes }: Engine,
  { name, format }: Target,
  choice: Choice,
): TransactionAction[] {
  const node = nodes.get(name) ?? '';
  const id = jobOf(uidOf(snapshot), name);
  const kept = { 'job-id': id, device: node, target: id, 'auto-finalize': true, 'auto-dismiss': false };
  const what =
    choice.type === 'Full'
      ? ({ sync: 'full' } as const)
      : ({ sync: 'bitmap', bitmap: bitmapOf(choice.base.uid), 'bitmap-mode': 'never' } as const);
  const remember: TransactionAction[] =
    format === 'raw'
      ? []
      : [{ type: 'block-dirty-bitmap-add', data: { node, name: bitmapOf(uidOf(snapshot)), persistent: true } }];
  return [...remember, { type: 'blockdev-backup', data: { ...kept, ...what } }];
}
