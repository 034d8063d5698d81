import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context } from '../../controller/types.ts';
import { attachedChain } from '../../qemu/block-chain.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { blockNodes } from '../../qemu/devices/blockdev.ts';
import type { Qmp, TransactionAction } from '../../qmp/index.ts';
import {
  activeFile,
  lineOf,
  listChain,
  makeOverlayFolder,
  overlayPath,
  setActive,
  volumeOf,
} from '../../storage/chain/index.ts';
import { createVolume } from '../../storage/qemu-img/index.ts';
import { uidOf } from '../common/object.ts';
import { giveToQemu } from '../common/qemu-user.ts';
import { inspectVolumes } from '../virtualmachine/volumes.ts';
import { SnapshotError } from './errors.ts';
import type { Target } from './targets.ts';

/** A file that a snapshot freezes, and the overlay that takes what is written from then on. */
export interface Freezing extends Target {
  readonly overlay: string;
}

/** What `targets` freeze: what is written to now, read from beside the volumes. */
export async function freezingOf(snapshot: VirtualMachineSnapshot, targets: readonly Target[]): Promise<Freezing[]> {
  return Promise.all(
    targets.map(async (target) => {
      const { path } = await activeFile(target);
      return { ...target, path, overlay: overlayPath(volumeOf(path), uidOf(snapshot)) };
    }),
  );
}

/**
 * How far an attempt came that was announced. Nothing is written to the overlays before all of them are recorded as what is
 * written to; from then on a machine that starts, starts on them.
 */
export type Attempt = 'none' | 'recorded' | 'taken';

export async function attemptOf(qmp: Qmp | undefined, frozen: readonly Freezing[]): Promise<Attempt> {
  const recorded = await Promise.all(frozen.map(isRecorded));
  if (frozen.length === 0 || !recorded.every(Boolean)) return 'none';
  if (!qmp) return 'taken';
  const attached = await Promise.all(
    frozen.map(async ({ name, overlay }) =>
      (await attachedChain(qmp, name)).files.some(({ path }) => path === overlay),
    ),
  );
  return attached.every(Boolean) ? 'taken' : 'recorded';
}

async function isRecorded({ path, format, overlay }: Freezing): Promise<boolean> {
  const active = await activeFile({ path, format });
  return lineOf(await listChain(volumeOf(path)), active.path).includes(overlay);
}

/** Takes back what an attempt left that did not come to recording every overlay: nothing was written to them. */
export async function takeBack(frozen: readonly Freezing[]): Promise<void> {
  for (const target of frozen) {
    const active = await activeFile(target);
    if (active.path === target.overlay) await setActive(target.path);
    await rm(target.overlay, { force: true });
  }
}

/** Makes the overlays and records them. An empty overlay holds what it lies on: whoever starts from either loses nothing. */
export async function prepareOverlays(context: Context, frozen: readonly Freezing[]): Promise<void> {
  for (const { path, format, overlay } of frozen) {
    const volume = volumeOf(path);
    await makeOverlayFolder(volume);
    const backing = { path, format: path === volume ? format : ('qcow2' as const) };
    await createVolume({ path: overlay, format: 'qcow2', backing });
    await giveToQemu(context, overlay);
  }
  for (const { overlay } of frozen) await setActive(overlay);
}

/** Lets a qemu that runs write to the overlays from one instant on. All of them or none. */
export async function attachOverlays(qmp: Qmp, machine: VirtualMachine, frozen: readonly Freezing[]): Promise<void> {
  const actions: TransactionAction[] = [];
  for (const target of frozen) {
    const [file] = (await attachedChain(qmp, target.name)).files;
    if (file.path !== target.path) {
      throw new SnapshotError(
        'ChainChanged',
        `qemu writes to ${file.path}, not to ${target.path}: stop the machine, and start it again`,
      );
    }
    const overlay = await addOverlay(qmp, machine, target);
    actions.push({ type: 'blockdev-snapshot', data: { node: file.node, overlay } });
  }
  await qmp.execute('transaction', { actions });
}

const nameOf = (prefix: string, path: string): string =>
  `${prefix}-${createHash('sha256').update(path).digest('hex').slice(0, 20)}`;

/** With the same cache and the same ways to the file as the node that it goes on top of. */
async function addOverlay(qmp: Qmp, machine: VirtualMachine, { name, overlay }: Freezing): Promise<string> {
  const disk = completeSpec(machine.spec).disks.find((entry) => entry.name === name);
  const volumes = await inspectVolumes({ [name]: { path: overlay, format: 'qcow2', readOnly: false } });
  const volume = volumes[name];
  if (!disk || !volume) throw new SnapshotError('DiskNotFound', `the machine has no disk ${name} any more`);
  // What the host can is known to whoever starts machines; until the next start, native is as good.
  const [file, format] = blockNodes(disk, { ...volume, path: overlay }, { ioUring: disk.io === 'io_uring' });
  const [fileNode, node] = [nameOf('ofile', overlay), nameOf('over', overlay)];
  await dropNodes(qmp, [node, fileNode]);
  await qmp.execute('blockdev-add', { ...file, driver: 'file', 'node-name': fileNode });
  await qmp.execute('blockdev-add', { ...format, driver: 'qcow2', 'node-name': node, file: fileNode, backing: null });
  return node;
}

/** Nodes that nobody uses; one that is not there is fine. */
export async function dropNodes(qmp: Qmp, nodes: readonly string[]): Promise<void> {
  const known = new Set(
    (await qmp.execute('query-named-block-nodes', { flat: true })).map((node) => node['node-name']),
  );
  for (const node of nodes) if (known.has(node)) await qmp.execute('blockdev-del', { 'node-name': node });
}

/** Overlays of a snapshot that could not be taken leave qemu and the pool. */
export async function giveUp(qmp: Qmp | undefined, frozen: readonly Freezing[]): Promise<void> {
  if (qmp)
    await dropNodes(
      qmp,
      frozen.flatMap(({ overlay }) => [nameOf('over', overlay), nameOf('ofile', overlay)]),
    );
  await takeBack(frozen);
}
