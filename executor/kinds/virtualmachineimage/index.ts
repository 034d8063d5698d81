import { resourceOf } from '../../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { Tasks } from '../../storage/tasks.ts';
import { removeVolume, volumePaths } from '../../storage/volume/index.ts';
import { timestampOf } from '../common/condition.ts';
import { failureOf } from '../common/failure.ts';
import { holdObject, isDeleting, keyOf, namespaceOf, releaseObject, uidOf } from '../common/object.ts';
import { isOurImage } from '../common/placement.ts';
import { imageOwner, importImage } from './import.ts';
import { isOverlay, type ObservedImage, observeImage } from './observe.ts';
import { type ImageAction, planImage, retryInMs } from './plan.ts';
import { imageStatus } from './status.ts';

const KIND = 'VirtualMachineImage';

type Apply = (image: VirtualMachineImage, observed: ObservedImage) => Promise<void> | void;

/** Brings images into their pools, and keeps them there as long as a disk needs them. */
export function imageReconciler(context: Context): Reconciler {
  const tasks = new Tasks<void>();
  const apply = appliers(context, tasks);

  return {
    kind: KIND,
    watches: [
      { kind: 'VirtualMachineStoragePool', keysFor: (pool) => waitingFor(context, pool) },
      { kind: 'VirtualMachineDisk', keysFor: (disk) => leavingBaseOf(context, disk) },
      { kind: 'VirtualMachine', keysFor: (machine) => leavingBaseOf(context, machine) },
    ],
    async reconcile(key: Key): Promise<Outcome | undefined> {
      const image = context.store.get(KIND, key);
      if (!image || !isOurImage(context, image)) return undefined;
      const before = await observeImage(context, image, tasks);
      const actions = planImage(image, before, performance.now());
      for (const action of actions) await apply[action](image, before);
      if (actions.includes('release')) return undefined;
      const after = await observeImage(context, image, tasks);
      await writeStatus(context, image, after);
      const retry = retryInMs(after, performance.now());
      return retry === undefined ? undefined : { requeueAfterMs: retry };
    },
  };
}

function appliers(context: Context, tasks: Tasks<void>) {
  const uidAndKey = (image: VirtualMachineImage) => [uidOf(image), keyOf(image)] as const;
  return {
    hold: (image) => holdObject(context, KIND, image),
    import(image, { pool }) {
      const [uid, key] = uidAndKey(image);
      const { path } = pool;
      if (path === undefined) return;
      tasks.start(
        uid,
        (task) => importImage(context, image, path, task),
        () => context.enqueue(KIND, key),
      );
    },
    forget: (image) => tasks.forget(uidOf(image)),
    cancel: (image) => tasks.cancel(uidOf(image)),
    remove: (image, { pool }) => removeImage(context, image, pool.path),
    release: (image) => releaseObject(context, KIND, image),
  } satisfies Record<ImageAction, Apply>;
}

/** A disk that came after the store was read would lose its base: ask the server before anything is removed. */
async function removeImage(context: Context, image: VirtualMachineImage, pool: string | undefined): Promise<void> {
  if (pool === undefined) return;
  const disks = await context.client.list<VirtualMachineDisk>(
    resourceOf(kindNames.VirtualMachineDisk),
    namespaceOf(image),
  );
  const late = disks.items.find((disk) => isOverlay(disk, image));
  if (late) throw new Error(`the disk ${late.metadata.name} was just made from the image ${image.metadata.name}`);
  for (const format of ['qcow2', 'raw'] as const) {
    await removeVolume(volumePaths(pool, 'images', imageOwner(image), format), imageOwner(image));
  }
}

async function writeStatus(context: Context, image: VirtualMachineImage, observed: ObservedImage): Promise<void> {
  const now = timestampOf(Date.now());
  await context.updateStatus(KIND, keyOf(image), (fresh) => imageStatus(fresh, observed, context.nodeName, now));
  const phase = image.status?.phase;
  if (observed.stored && phase !== 'Ready' && phase !== 'Deleting') {
    context.events.record(image, 'Normal', 'Imported', `the image is at ${observed.stored.path}`);
  }
  if (observed.task?.state === 'failed') {
    const { reason, message } = failureOf(observed.task.error, 'ImportFailed');
    if (image.status?.conditions?.some((condition) => condition.reason === reason)) return;
    context.events.record(image, 'Warning', reason, message);
  }
}

/** A pool that changed concerns the images that wait for it. */
const waitingFor = ({ store }: Context, pool: KubeObject): Key[] =>
  store
    .list(KIND)
    .filter((image) => image.spec.pool === pool.metadata.name && image.status?.phase !== 'Ready')
    .map(keyOf);

/** A disk or a machine that changed or went concerns the images that wait to go. */
const leavingBaseOf = ({ store }: Context, user: KubeObject): Key[] =>
  store.list(KIND, namespaceOf(user)).filter(isDeleting).map(keyOf);
