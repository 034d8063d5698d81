import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { VirtualMachineSnapshot } from '../../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../../schemas/kinds/virtual-machine.ts';
import { formatSize } from '../../../../schemas/types/size.ts';
import type { Context } from '../../../controller/types.ts';
import type { Qmp, TransactionAction } from '../../../qmp/index.ts';
import {
  backupFile,
  backupFolder,
  bitmapOf,
  type Choice,
  chooseBase,
  readManifest,
  writeManifest,
} from '../../../storage/backup/index.ts';
import { activeFile } from '../../../storage/chain/index.ts';
import { createVolume } from '../../../storage/qemu-img/index.ts';
import type { TaskHandle } from '../../../storage/tasks.ts';
import { inspectOwn, isThere } from '../../../storage/volume/index.ts';
import { keyOf, namespaceOf, uidOf } from '../../common/object.ts';
import { giveToQemu } from '../../common/qemu-user.ts';
import { usablePool } from '../../virtualmachinestoragepool/usable.ts';
import { announceTaking, describeMoment, noteQuiesced } from '../announce.ts';
import { SnapshotError, settled } from '../errors.ts';
import { whileFrozen } from '../quiesce.ts';
import { obstacleError, type Target, targetsOf } from '../targets.ts';
import { bitmapsOn, dropBitmaps, earlierBackups, neededBitmaps } from './bitmaps.ts';
import { type Engine, openEngine } from './engine.ts';
import { dropJobs, followJobs, jobOf, knownJobs } from './jobs.ts';

const KIND = 'VirtualMachineSnapshot';

interface Backup {
  readonly context: Context;
  readonly snapshot: VirtualMachineSnapshot;
  readonly machine: VirtualMachine;
  readonly targets: readonly Target[];
  readonly folder: string;
  readonly pool: string;
  /** Of the jobs, and of the nodes that they copy to. */
  readonly ids: readonly string[];
}

/**
 * Copies a machine's disks into another pool, as they are at one instant. The guest writes on meanwhile. A copy that goes on in
 * a qemu while the executor is started again is followed to its end; else what is half made is made anew.
 * @throws SnapshotError when it failed for good, others when the next attempt may work
 */
export async function takeBackup(
  context: Context,
  snapshot: VirtualMachineSnapshot,
  machine: VirtualMachine,
  task: TaskHandle,
): Promise<void> {
  const backup = prepare(context, snapshot, machine);
  try {
    if (!(await isWhole(backup))) await copyDisks(backup, task);
    await conclude(backup);
  } catch (error) {
    throw settled(`the backup ${snapshot.metadata.name} could not be made`, error);
  }
}

function prepare(context: Context, snapshot: VirtualMachineSnapshot, machine: VirtualMachine): Backup {
  const pool = usablePool(context, snapshot.spec.backup?.pool ?? '');
  if (pool.path === undefined) throw Object.assign(new Error(pool.message), { reason: pool.reason });
  const found = targetsOf(context, snapshot, machine);
  if ('obstacle' in found) throw obstacleError(found.obstacle);
  const { targets } = found;
  const { name } = snapshot.metadata;
  const uid = uidOf(snapshot);
  const folder = backupFolder(pool.path, {
    namespace: namespaceOf(snapshot),
    machine: machine.metadata.name,
    name,
    uid,
  });
  return {
    context,
    snapshot,
    machine,
    targets,
    folder,
    pool: pool.path,
    ids: targets.map((target) => jobOf(uid, target.name)),
  };
}

const isWhole = async ({ folder, snapshot }: Backup): Promise<boolean> =>
  (await readManifest(folder))?.uid === uidOf(snapshot);

/** While a machine is off, it is kept so until it is copied, or until somebody wants it to run. */
async function copyDisks(backup: Backup, task: TaskHandle): Promise<void> {
  const { context, machine, ids } = backup;
  const uid = uidOf(machine);
  const mayGoOn = () => {
    const now = context.store.get('VirtualMachine', keyOf(machine));
    if (now?.spec.powerState !== 'Stopped' && machine.spec.powerState === 'Stopped')
      throw new Error('the machine is to be started');
  };
  const qmp = await context.machines.exclusive(uid, async () => {
    await using engine = await openEngine(context, machine, backup.targets);
    await begin(backup, engine);
    if (engine.live) return engine.qmp;
    await followJobs(engine.qmp, ids, task, mayGoOn).catch((error) => abandon(backup, engine.qmp, error));
    await declareWhole(backup);
    await tidy(backup, engine);
    return undefined;
  });
  if (!qmp) return;
  await followJobs(qmp, ids, task, () => {}).catch((error) => abandon(backup, qmp, error));
  await declareWhole(backup);
}

/** Nothing half made stays; what the bitmap of the last good backup knows is not touched by one that failed. */
async function abandon({ snapshot, ids, folder }: Backup, qmp: Qmp, error: Error): Promise<never> {
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

async function begin(backup: Backup, engine: Engine): Promise<void> {
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
    await noteQuiesced(context, snapshot, verdict);
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

async function declareWhole({ context, snapshot, machine, targets, folder }: Backup): Promise<void> {
  const { mtimeMs } = await stat(folder);
  const type = context.store.get(KIND, keyOf(snapshot))?.status?.backup?.type ?? 'Full';
  await writeManifest(folder, {
    uid: uidOf(snapshot),
    namespace: namespaceOf(snapshot),
    name: snapshot.metadata.name,
    machine: machine.metadata.name,
    takenAt: new Date(mtimeMs).toISOString(),
    type,
    disks: targets.map(({ name }) => name),
    spec: machine.spec,
  });
}

/** Bitmaps of backups that are not the newest any more cost memory and time for nothing. */
async function tidy({ context, snapshot, ids }: Backup, { qmp, nodes }: Pick<Engine, 'qmp' | 'nodes'>): Promise<void> {
  await dropJobs(qmp, ids);
  await dropBitmaps(qmp, [...nodes.values()], neededBitmaps(context.store, snapshot));
}

/** What is left of a whole backup in a qemu that runs goes; then it is said to be there. */
async function conclude(backup: Backup): Promise<void> {
  const { context, snapshot, machine, folder, targets } = backup;
  await context.machines.exclusive(uidOf(machine), async () => {
    if (context.machines.qmp(uidOf(machine))) await tidy(backup, await openEngine(context, machine, targets));
  });
  const manifest = await readManifest(folder);
  if (!manifest) throw new SnapshotError('BackupLost', `the backup in ${dirname(folder)} went away while it was made`);
  const sizes = await Promise.all(
    manifest.disks.map((name) => inspectOwn({ path: backupFile(folder, name), format: 'qcow2' })),
  );
  const size = sizes.reduce((sum, { actualSize }) => sum + actualSize, 0n);
  await context.updateStatus(KIND, keyOf(snapshot), ({ status }) => {
    const { progress: _done, ...rest } = status ?? {};
    return { ...rest, takenAt: manifest.takenAt, size: formatSize(size) };
  });
}
