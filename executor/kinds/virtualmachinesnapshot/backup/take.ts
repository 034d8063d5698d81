import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { VirtualMachineSnapshot } from '../../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../../schemas/kinds/virtual-machine.ts';
import { formatSize } from '../../../../schemas/types/size.ts';
import type { Context } from '../../../controller/types.ts';
import { backupFile, backupFolder, readManifest, writeManifest } from '../../../storage/backup/index.ts';
import type { TaskHandle } from '../../../storage/tasks.ts';
import { inspectOwn } from '../../../storage/volume/index.ts';
import { keyOf, namespaceOf, uidOf } from '../../common/object.ts';
import { usablePool } from '../../virtualmachinestoragepool/usable.ts';
import { SnapshotError, settled } from '../errors.ts';
import { obstacleError, targetsOf } from '../targets.ts';
import { abandon, type Backup, begin } from './begin.ts';
import { dropBitmaps, neededBitmaps } from './bitmaps.ts';
import { type Engine, openEngine } from './engine.ts';
import { dropJobs, followJobs, jobOf } from './jobs.ts';

const KIND = 'VirtualMachineSnapshot';

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
