import { open } from 'node:fs/promises';
import type { VirtualMachineImage } from '../../../schemas/kinds/image.ts';
import type { Context } from '../../controller/types.ts';
import { copyFile } from '../../storage/import/copy.ts';
import type { VolumeFormat } from '../../storage/qemu-img/index.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import {
  isThere,
  publish,
  readSidecar,
  type Sidecar,
  type VolumePaths,
  volumePaths,
} from '../../storage/volume/index.ts';
import { isDeleting, uidOf } from '../common/object.ts';
import { showToQemu } from '../common/qemu-user.ts';
import { usablePool } from '../virtualmachinestoragepool/usable.ts';
import { imageOwner } from './owner.ts';

/** Lets one piece of work with a key run at a time; the others wait for their turn. */
export class Turns {
  readonly #busy = new Map<string, Promise<unknown>>();

  /** @throws the signal's reason when it is aborted while it waits */
  async take<T>(key: string | undefined, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (key === undefined) return work();
    for (let before = this.#busy.get(key); before; before = this.#busy.get(key)) {
      await Promise.race([before, aborted(signal)]);
      signal.throwIfAborted();
    }
    const running = work();
    const ended = running.then(
      () => {},
      () => {},
    );
    this.#busy.set(key, ended);
    try {
      return await running;
    } finally {
      this.#busy.delete(key);
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** An image of this node that has the same content already. */
export interface Twin {
  readonly path: string;
  readonly format: VolumeFormat;
  readonly pool: string;
  readonly digest: string | undefined;
}

/** Looks for an image that was made of the same content in the same way: by the files, since a status comes a little later. */
export async function findTwin(context: Context, image: VirtualMachineImage, key: string): Promise<Twin | undefined> {
  for (const other of context.store.list('VirtualMachineImage')) {
    const { path } = usablePool(context, other.spec.pool);
    if (path === undefined || uidOf(other) === uidOf(image) || isDeleting(other)) continue;
    for (const format of ['qcow2', 'raw'] as const) {
      const { volume, sidecar } = volumePaths(path, 'images', imageOwner(other), format);
      const written = await readSidecar(sidecar);
      if (written?.uid !== uidOf(other) || written.key !== key || !(await isThere(volume))) continue;
      return { path: volume, format, pool: other.spec.pool, digest: written.digest };
    }
  }
  return undefined;
}

/** Takes the content from a twin: in one pool as a second name of the same file, which is never written to, else as a copy. */
export async function takeFromTwin(
  context: Context,
  twin: Twin,
  paths: VolumePaths,
  { samePool, owner, task }: { samePool: boolean; owner: Sidecar; task: TaskHandle },
): Promise<void> {
  if (samePool) return publish(paths, owner, twin.path);
  await using from = await open(twin.path, 'r');
  await copyFile({ from, to: paths.part, signal: task.signal, onProgress: task.report });
  await showToQemu(context, paths.part);
  await publish(paths, owner);
}
