import { constants, copyFile, open, rm } from 'node:fs/promises';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import type { Context } from '../../controller/types.ts';
import { attachedChain } from '../../qemu/block-chain.ts';
import { copyLive } from '../../qemu/live-copy.ts';
import type { Qmp } from '../../qmp/index.ts';
import { activeFile } from '../../storage/chain/index.ts';
import { HEADER_BYTES, parseQcow2 } from '../../storage/header/qcow2.ts';
import { convertVolume, createVolume, type File } from '../../storage/qemu-img/index.ts';
import type { TaskHandle } from '../../storage/tasks.ts';
import { inspectOwn, requireSpace, type VolumePaths } from '../../storage/volume/index.ts';
import { requireNoQemu } from '../common/disk-users.ts';
import { namespaceOf, uidOf } from '../common/object.ts';
import { unlocking } from '../common/passphrase.ts';
import { Patience } from '../common/patience.ts';
import { giveToQemu } from '../common/qemu-user.ts';
import type { CopySource } from './source.ts';

/** Bytes per second that even a slow disk copies: what bounds the time of a copy. */
const SLOWEST_COPY = 4n * 1024n ** 2n;
const LEAST_MS = 120_000;

interface Copy {
  readonly context: Context;
  readonly disk: VirtualMachineDisk;
  readonly paths: VolumePaths;
  readonly source: CopySource;
  /** What is written, with its passphrase. */
  readonly to: File;
  readonly task: TaskHandle;
}

/**
 * Copies a volume as it is at one moment: by itself while no qemu has it, and stays away until the copy is made; else by the
 * qemu that has it, while the guest writes on. What is frozen, such as a snapshot, is copied beside a qemu.
 */
export async function copyVolume(
  context: Context,
  disk: VirtualMachineDisk,
  paths: VolumePaths,
  source: CopySource,
  task: TaskHandle,
): Promise<void> {
  const key = await unlocking(context, namespaceOf(disk), disk.spec.encryption);
  const to: File = { path: paths.part, format: disk.spec.format, ...key };
  const copy: Copy = { context, disk, paths, source, to, task };
  const { machine } = source;
  if (!machine || source.frozen) return convert(copy);
  const patience = new Patience(context);
  for (let made: Made = 'interrupted'; made === 'interrupted'; ) {
    made = await context.machines.exclusive(machine.uid, async () => {
      if (context.machines.qmp(machine.uid) !== undefined) return 'not';
      requireNoQemu(machine.uid, machine.name);
      return convertUnlessWanted(copy, patience, machine.name);
    });
    if (made === 'whole') return;
  }
  const qmp = context.machines.qmp(machine.uid);
  if (!qmp) throw new Error(`the qemu of the machine ${machine.name} just ended`);
  await byQemu(copy, qmp, machine.entry);
}

type Made = 'whole' | 'interrupted' | 'not';

/** Makes way for whoever wants something of the machine, such as its start: then qemu makes the copy, from the beginning. */
async function convertUnlessWanted(copy: Copy, patience: Patience, machine: string): Promise<Made> {
  using wanted = patience.untilWanted(namespaceOf(copy.disk), machine);
  const signal = AbortSignal.any([copy.task.signal, wanted.signal]);
  try {
    await convert({ ...copy, task: { ...copy.task, signal } });
    return 'whole';
  } catch (error) {
    if (error === wanted.signal.reason) return 'interrupted';
    throw error;
  }
}

async function byQemu({ context, disk, paths, source, to, task }: Copy, qmp: Qmp, entry: string): Promise<void> {
  const { files, root } = await attachedChain(qmp, entry);
  const [{ node }] = files;
  const nodes = await qmp.execute('query-named-block-nodes', { flat: true });
  const size = nodes.find((one) => one['node-name'] === root)?.image['virtual-size'];
  await requireSpace(paths.folder, spaceFor(disk, (await inspectOwn(source.from)).actualSize, source.size));
  await rm(paths.part, { force: true });
  await createVolume({ ...to, ...layoutOf(disk), size: size === undefined ? source.size : BigInt(size) });
  await giveToQemu(context, paths.part);
  await copyLive(qmp, { id: uidOf(disk), node, target: to, signal: task.signal, report: task.report });
}

const layoutOf = ({ spec: { preallocation, clusterSize } }: VirtualMachineDisk) => ({
  preallocation,
  ...(clusterSize !== undefined && { clusterSize: parseSize(clusterSize) }),
});

const spaceFor = ({ spec }: VirtualMachineDisk, used: bigint, size: bigint): bigint =>
  spec.preallocation === 'Off' ? used : size;

async function convert({ context, disk, paths, source, to, task }: Copy): Promise<void> {
  const { size, tag, frozen, encryption } = source;
  const unlocked = await unlocking(context, namespaceOf(disk), encryption);
  const from: File = { ...(frozen ? source.from : await activeFile(source.from)), ...unlocked };
  const { actualSize } = await inspectOwn({ ...from, encrypted: encryption !== undefined });
  await requireSpace(paths.folder, spaceFor(disk, actualSize, size));
  if (tag === undefined && (await shareExtents(disk, from, to))) return;
  const options = {
    ...{ from, to, ...layoutOf(disk), shared: frozen === true },
    ...(tag !== undefined && { snapshot: tag }),
  };
  const timeoutMs = Math.max(LEAST_MS, Number((size / SLOWEST_COPY) * 1000n));
  await convertVolume(options, { signal: task.signal, onProgress: task.report, timeoutMs });
}

/**
 * On a file system that can, a copy takes no space and no time: `FICLONE`, ioctl_ficlone(2). Only of a file that is all of
 * what the guest sees, and looks as the new one should.
 */
async function shareExtents({ spec }: VirtualMachineDisk, from: File, to: File): Promise<boolean> {
  const same = from.format === to.format && from.key === undefined && to.key === undefined;
  if (!same || spec.preallocation !== 'Off' || spec.clusterSize !== undefined) return false;
  if (from.format === 'qcow2' && !(await standsAlone(from.path))) return false;
  return copyFile(from.path, to.path, constants.COPYFILE_FICLONE_FORCE).then(
    () => true,
    () => false,
  );
}

/** No file below it, and no snapshots of the other disk in it. */
async function standsAlone(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  const { backingFile, snapshots } = parseQcow2(buffer.subarray(0, bytesRead));
  return backingFile === undefined && snapshots === 0;
}
