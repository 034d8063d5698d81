import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { parseSize } from '../../../schemas/types/size.ts';
import { type AttachedChain, attachedChains } from '../../qemu/block-chain.ts';
import { type Qmp, runJob } from '../../qmp/index.ts';
import { requireSpace } from '../../storage/volume/index.ts';
import { forgetChanges } from './backup/bitmaps.ts';
import { SnapshotError } from './errors.ts';
import type { Target } from './targets.ts';

/** The three jobs of a snapshot: by its uid, an executor that was started again finds one that is under way. */
export const jobId = (kind: 'save' | 'load' | 'delete', uid: string): string => `snapshot-${kind}-${uid}`;

/** Waits for a job that an earlier executor began, if there is one; how it ended shows in the volumes. */
export async function finishJob(qmp: Qmp, id: string): Promise<void> {
  const jobs = await qmp.execute('query-jobs');
  if (jobs.some((job) => job.id === id)) await runJob(qmp, id, async () => {}).catch(ignoreResult);
}

function ignoreResult(error: Error): void {
  if (error.name !== 'QmpJobError') throw error;
}

/** What qemu has behind each disk now, by the disk's name in the machine. */
export type Chains = ReadonlyMap<string, AttachedChain>;

function partOf(chains: Chains, name: string): AttachedChain {
  const chain = chains.get(name);
  if (chain) return chain;
  throw new SnapshotError(
    'DiskNotFound',
    `the running machine has no disk ${name}: restart it, or leave the disk out of spec.disks`,
  );
}

/** The nodes that hold the snapshot: after a merge they are others than those that qemu was started with. */
const nodesIn = (chains: Chains, targets: readonly Pick<Target, 'name'>[]): string[] =>
  targets.map(({ name }) => partOf(chains, name).files[0].node);

/** One instant over all disks: qemu takes every snapshot of a transaction or none. */
export async function snapshotDisks(
  qmp: Qmp,
  chains: Chains,
  targets: readonly Pick<Target, 'name'>[],
  tag: string,
): Promise<void> {
  const actions = targets.map(({ name }) => ({
    type: 'blockdev-snapshot-internal-sync' as const,
    data: { device: partOf(chains, name).root, name: tag },
  }));
  await qmp.execute('transaction', { actions });
}

/** Saves memory into the first of the volumes and a snapshot into each. The guest stands still meanwhile. */
export async function saveMachine(
  qmp: Qmp,
  chains: Chains,
  uid: string,
  { targets, tag }: { targets: readonly Target[]; tag: string },
): Promise<void> {
  const devices = nodesIn(chains, targets);
  const [vmstate = ''] = devices;
  const id = jobId('save', uid);
  await runJob(qmp, id, () => qmp.execute('snapshot-save', { 'job-id': id, tag, vmstate, devices }));
}

/** Loads memory and disks into a qemu that stands still, and leaves it so. */
export async function loadMachine(
  qmp: Qmp,
  uid: string,
  { targets, memoryIn, tag }: { targets: readonly Target[]; memoryIn: Target; tag: string },
): Promise<void> {
  const id = jobId('load', uid);
  await finishJob(qmp, id);
  const chains = await attachedChains(qmp);
  const devices = nodesIn(chains, targets);
  await forgetChanges(qmp, devices);
  const [vmstate = ''] = nodesIn(chains, [memoryIn]);
  await runJob(qmp, id, () => qmp.execute('snapshot-load', { 'job-id': id, tag, vmstate, devices }));
}

/**
 * Whether a qemu believes that a disk of its holds the snapshot. One that fails to delete it for want of room may have taken it off
 * the file's list and keep it in its own, which it writes back the next time.
 */
export async function isKnown(qmp: Qmp, name: string, tag: string): Promise<boolean> {
  const node = (await attachedChains(qmp)).get(name)?.files[0].node;
  const nodes = await qmp.execute('query-named-block-nodes', { flat: true });
  const found = nodes.find((one) => one['node-name'] === node)?.image?.snapshots ?? [];
  return found.some((one) => one.name === tag);
}

/** Deletes the snapshot from volumes that a qemu has open, with memory or without. */
export async function deleteFrom(
  qmp: Qmp,
  uid: string,
  targets: readonly Pick<Target, 'name'>[],
  tag: string,
): Promise<void> {
  const id = jobId('delete', uid);
  const devices = nodesIn(await attachedChains(qmp), targets);
  await runJob(qmp, id, () => qmp.execute('snapshot-delete', { 'job-id': id, tag, devices }));
}

/** What a snapshot of a disk takes at once: a first level table, counts of references, its entry. */
const TABLES_BYTES = 1024n ** 2n;

/** qemu does not always say that it failed for want of room, and where there is none its attempt leaks what is left. */
export async function requireRoom(targets: readonly Pick<Target, 'path'>[]): Promise<void> {
  for (const { path } of targets) await requireSpace(dirname(path), TABLES_BYTES);
}

/** Room for the machine's state beside its memory: devices, and video memory. */
const STATE_BYTES = 32n * 1024n ** 2n;

/**
 * A save that finds the pool full leaves it full, and then every machine in it stands still: so the room is asked for first.
 * Pages that the guest never touched take none, which is why the process's own size bounds it.
 */
export async function requireRoomForMemory(machine: VirtualMachine, path: string): Promise<void> {
  const configured = parseSize(machine.spec.memory.size) + STATE_BYTES;
  const resident = await residentBytes(machine.status?.pid);
  await requireSpace(dirname(path), resident === undefined || resident > configured ? configured : resident);
}

async function residentBytes(pid: number | undefined): Promise<bigint | undefined> {
  if (pid === undefined) return undefined;
  try {
    const text = await readFile(`/proc/${pid}/status`, 'utf8');
    const kibibytes = [...text.matchAll(/^Vm(?:RSS|Swap):\s+([0-9]+) kB$/gm)].map(([, size]) => BigInt(size ?? 0));
    return kibibytes.length === 0 ? undefined : kibibytes.reduce((sum, size) => sum + size, 0n) * 1024n;
  } catch {
    return undefined;
  }
}
