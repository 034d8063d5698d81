import { rm } from 'node:fs/promises';
import type { VirtualMachineDisk } from '../../../schemas/kinds/disk.ts';
import type { VirtualMachineSnapshot } from '../../../schemas/kinds/snapshot.ts';
import type { Context } from '../../controller/types.ts';
import type { Qmp } from '../../qmp/index.ts';
import {
  activeFile,
  type Chain,
  type ChainStep,
  listChain,
  overlayPath,
  planChain,
  setActive,
  volumeOf,
} from '../../storage/chain/index.ts';
import { rebaseVolume } from '../../storage/qemu-img/index.ts';
import { isThere } from '../../storage/volume/index.ts';
import { type DiskHolder, holderOf, requireNoQemu } from '../common/disk-users.ts';
import { keyOf, namespaceOf, uidOf } from '../common/object.ts';
import { Patience } from '../common/patience.ts';
import { closeUnused, type Exclusive, endMerge, type Merge, mergedIn, mergeFiles, mergeLive } from './merge.ts';

const KIND = 'VirtualMachineSnapshot';

interface Collecting {
  readonly context: Context;
  readonly disk: VirtualMachineDisk;
  readonly volume: string;
  /** A snapshot that is on its way out. */
  readonly without: VirtualMachineSnapshot | undefined;
  readonly patience: Patience;
}

/**
 * Brings the files of a disk to what its external snapshots need: removes what nobody needs, merges what need not be apart.
 * Observes before each step, so that it may be interrupted anywhere. Do not call it inside `exclusive`.
 */
export async function collectChain(
  context: Context,
  disk: VirtualMachineDisk,
  without?: VirtualMachineSnapshot,
): Promise<void> {
  const { path } = disk.status ?? {};
  if (path === undefined || !(await isThere(volumeOf(path)))) return;
  const collecting = { context, disk, volume: volumeOf(path), without, patience: new Patience(context) };
  await inTurn(uidOf(disk), async () => {
    while (await collectOnce(collecting));
  });
  context.enqueue('VirtualMachineDisk', keyOf(disk));
}

/** One at a time for each disk, in this process; between two of them the files themselves say what is left to do. */
const turns = new Map<string, Promise<void>>();

async function inTurn(id: string, work: () => Promise<void>): Promise<void> {
  const mine = (turns.get(id) ?? Promise.resolve()).then(work);
  const quiet = mine.catch(() => {});
  turns.set(id, quiet);
  await mine.finally(() => {
    if (turns.get(id) === quiet) turns.delete(id);
  });
}

async function collectOnce(collecting: Collecting): Promise<boolean> {
  const { context, disk } = collecting;
  const holder = holderOf(context, disk);
  const exclusive: Exclusive = (work) =>
    holder ? context.machines.exclusive(holder.uid, () => work(context.machines.qmp(holder.uid))) : work(undefined);
  if (holder && (await exclusive((qmp) => drawConsequences(collecting, holder, qmp)))) return true;
  const step = planChain(await observe(collecting));
  if (!step) return false;
  if (step.type === 'merge' && holder && (await mergeLive(exclusive, holder.entry, step))) return true;
  return exclusive(() => carryOut(collecting, step, holder));
}

/** Of a merge that a running machine has come to the end of, in this life or in the last. */
async function drawConsequences(collecting: Collecting, holder: DiskHolder, qmp: Qmp | undefined): Promise<boolean> {
  const merge = qmp && (await mergedIn(qmp, await listChain(collecting.volume)));
  if (!qmp || !merge) return false;
  await finish(collecting, merge);
  await endMerge(qmp, holder.entry, merge);
  await rm(merge.from, { force: true });
  return true;
}

async function observe({ context, disk, volume, without }: Collecting): Promise<Chain> {
  const active = await activeFile({ path: volume, format: disk.spec.format });
  return { files: await listChain(volume), active: active.path, kept: keptFiles(context, disk, volume, without) };
}

/** Files that snapshots are held in, or are to be. */
export function keptFiles(
  { store }: Context,
  disk: VirtualMachineDisk,
  volume: string,
  without?: VirtualMachineSnapshot,
): Set<string> {
  const kept = new Set<string>();
  for (const snapshot of store.list(KIND, namespaceOf(disk))) {
    if (without && uidOf(snapshot) === uidOf(without)) continue;
    const entry = snapshot.status?.disks?.find((one) => one.disk === disk.metadata.name);
    if (entry?.path === undefined || snapshot.spec.backup || volumeOf(entry.path) !== volume) continue;
    kept.add(entry.path);
    if (snapshot.status?.phase === 'Taking') kept.add(overlayPath(volume, uidOf(snapshot)));
  }
  return kept;
}

/** As files, inside the machine's turn: a step that somebody else made meanwhile is not made again. */
async function carryOut(collecting: Collecting, step: ChainStep, holder: DiskHolder | undefined): Promise<boolean> {
  if (JSON.stringify(planChain(await observe(collecting))) !== JSON.stringify(step)) return true;
  const qmp = holder && collecting.context.machines.qmp(holder.uid);
  if (step.type === 'remove') {
    if (qmp) await closeUnused(qmp, holder.entry);
    await rm(step.path, { force: true });
    return true;
  }
  if (holder && !qmp) requireNoQemu(holder.uid, holder.name);
  if (!(await mergeUnlessWanted(collecting, step, holder))) return true;
  await finish(collecting, step);
  await rm(step.from, { force: true });
  return true;
}

/**
 * Copying takes as long as it takes, and the machine is nobody else's meanwhile: it stops for whoever wants something of the machine,
 * and begins again after that, by way of qemu where the machine runs by then. What was copied so far changes nothing for a guest.
 * @returns whether it came to its end
 */
async function mergeUnlessWanted(
  { disk, patience }: Collecting,
  step: Extract<ChainStep, { type: 'merge' }>,
  holder: DiskHolder | undefined,
): Promise<boolean> {
  if (!holder) {
    await mergeFiles(step, disk.spec.format);
    return true;
  }
  using wanted = patience.untilWanted(keyOf(disk).namespace, holder.name);
  try {
    await mergeFiles(step, disk.spec.format, wanted.signal);
    return true;
  } catch (error) {
    if (error === wanted.signal.reason) return false;
    throw error;
  }
}

/** Both files hold the same now: whatever names the upper one, names the lower one before it goes. */
async function finish(collecting: Collecting, { from, into, above }: Merge): Promise<void> {
  const { context, disk, volume, without } = collecting;
  const { format } = disk.spec;
  const active = await activeFile({ path: volume, format });
  if (active.path === from) await setActive(into);
  const base = { path: into, format: into === volume ? format : ('qcow2' as const) };
  const files = await listChain(volume);
  for (const path of above) {
    const lies = files.find((file) => file.path === path)?.backing;
    if (lies === from) await rebaseVolume(path, base, { unsafe: true });
  }
  for (const snapshot of context.store.list(KIND, namespaceOf(disk))) {
    if (without && uidOf(snapshot) === uidOf(without)) continue;
    await context.updateStatus(KIND, keyOf(snapshot), (fresh) => moved(fresh, from, into));
  }
}

function moved(
  { status }: VirtualMachineSnapshot,
  from: string,
  into: string,
): NonNullable<VirtualMachineSnapshot['status']> {
  const disks = status?.disks?.map((entry) => (entry.path === from ? { ...entry, path: into } : entry));
  return { ...status, ...(disks && { disks }) };
}
