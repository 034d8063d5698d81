import { resourceOf } from '../../../schemas/client/paths.ts';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import { imagesOf } from '../../../schemas/kinds/machine/images.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { Context, Key, Outcome, Reconciler } from '../../controller/types.ts';
import { Tasks } from '../../storage/tasks.ts';
import { removePart, removeVolume, volumePaths } from '../../storage/volume/index.ts';
import { timestampOf } from '../common/condition.ts';
import { machinesElsewhere } from '../common/elsewhere.ts';
import { holdObject, keyOf, namespaceOf, releaseObject, uidOf } from '../common/object.ts';
import { isOurImage } from '../common/placement.ts';
import { announce } from './announce.ts';
import { importImage } from './import.ts';
import { type ImageTasks, type ObservedImage, observeImage, publishing } from './observe.ts';
import { imageOwner } from './owner.ts';
import { type ImageAction, planImage, retryInMs } from './plan.ts';
import { type Published, publishImage } from './publish.ts';
import { Turns } from './sharing.ts';
import { imageStatus } from './status.ts';
import { isOverlay } from './users.ts';
import { imagesConcernedBy } from './watches.ts';

const KIND = 'VirtualMachineImage';

type Apply = (image: VirtualMachineImage, observed: ObservedImage) => Promise<void> | void;

/** Brings images into their pools, and keeps them there as long as a disk needs them. */
export function imageReconciler(context: Context): Reconciler {
  const tasks: ImageTasks = new Tasks<Published | undefined>();
  const apply = appliers(context, tasks);

  return {
    kind: KIND,
    watches: imagesConcernedBy(context),
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

function appliers(context: Context, tasks: ImageTasks) {
  const turns = new Turns();
  const start = (id: string, image: VirtualMachineImage, work: Parameters<ImageTasks['start']>[1]) =>
    tasks.start(id, work, () => context.enqueue(KIND, keyOf(image)));
  return {
    hold: (image) => holdObject(context, KIND, image),
    import(image, { pool: { path } }) {
      if (path === undefined) return;
      start(uidOf(image), image, async (task) => {
        await importImage(context, image, path, turns, task);
        return undefined;
      });
    },
    forget: (image) => tasks.forget(uidOf(image)),
    publish(image, { stored }) {
      if (stored) start(publishing(image), image, (task) => publishImage(context, image, stored, task));
    },
    'forget-publication': (image) => tasks.forget(publishing(image)),
    async cancel(image) {
      await Promise.all([tasks.cancel(uidOf(image)), tasks.cancel(publishing(image))]);
    },
    tidy: async (image, { pool, stored }) => {
      if (pool.path === undefined || !stored) return;
      await removePart(volumePaths(pool.path, 'images', imageOwner(image), stored.format));
    },
    remove: (image, { pool }) => removeImage(context, image, pool.path),
    release: (image) => releaseObject(context, KIND, image),
  } satisfies Record<ImageAction, Apply>;
}

/** A disk that came after the store was read, or a machine of another node, would lose its base: ask the server first. */
async function removeImage(context: Context, image: VirtualMachineImage, pool: string | undefined): Promise<void> {
  if (pool === undefined) return;
  const disks = await context.client.list<VirtualMachineDisk>(
    resourceOf(kindNames.VirtualMachineDisk),
    namespaceOf(image),
  );
  const late = disks.items.find((disk) => isOverlay(disk, image));
  if (late) throw new Error(`the disk ${late.metadata.name} was just made from the image ${image.metadata.name}`);
  const other = (await machinesElsewhere(context, namespaceOf(image))).find(({ spec }) =>
    imagesOf(spec).includes(image.metadata.name),
  );
  if (other) throw new Error(`the machine ${other.metadata.name} needs the image ${image.metadata.name}`);
  for (const format of ['qcow2', 'raw'] as const) {
    await removeVolume(volumePaths(pool, 'images', imageOwner(image), format), imageOwner(image));
  }
}

async function writeStatus(context: Context, image: VirtualMachineImage, observed: ObservedImage): Promise<void> {
  const now = timestampOf(Date.now());
  await context.updateStatus(KIND, keyOf(image), (fresh) => imageStatus(fresh, observed, context.nodeName, now));
  announce(context, image, observed);
}
