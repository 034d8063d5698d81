import { createHash } from 'node:crypto';
import { attachedChain } from '../../qemu/block-chain.ts';
import { type Qmp, QmpJobError } from '../../qmp/index.ts';
import { type ChainFile, type ChainStep, setActive, volumeOf } from '../../storage/chain/index.ts';
import { commitVolume, rebaseVolume, type VolumeFormat } from '../../storage/qemu-img/index.ts';
import { dropNodes } from './external.ts';

export type Merge = Extract<ChainStep, { type: 'merge' }>;

/** Runs something while nobody else touches the machine, with the connection that it has by then. */
export type Exclusive = <T>(work: (qmp: Qmp | undefined) => Promise<T>) => Promise<T>;

const jobOf = (from: string): string => `merge-${createHash('sha256').update(from).digest('hex').slice(0, 24)}`;

/** How a running machine has the two files of a merge; nothing when it has none of them. */
interface Attached {
  readonly root: string;
  readonly from: string;
  readonly into: string;
  readonly isActive: boolean;
}

async function find(qmp: Qmp, disk: string, { from, into }: Merge): Promise<Attached | undefined> {
  const { root, files } = await attachedChain(qmp, disk);
  const upper = files.find(({ path }) => path === from);
  const lower = files.find(({ path }) => path === into);
  return upper && lower && { root, from: upper.node, into: lower.node, isActive: files[0] === upper };
}

/**
 * Merges a file down while the guest writes. The machine is its own during the copy; for the pivot the guest stands still:
 * stop, wait for the job, complete it, record which file is written to, go on. In any other order a crash loses writes while
 * `qemu-img check` stays clean.
 * @returns false when the machine does not have the files: then nobody does, and they are merged as files; else see `mergedIn`
 */
export async function mergeLive(exclusive: Exclusive, disk: string, merge: Merge): Promise<boolean> {
  const id = jobOf(merge.from);
  const begun = await exclusive(async (qmp) => {
    const attached = qmp && (await find(qmp, disk, merge));
    if (!qmp || (!attached && !(await isKnown(qmp, id)))) return undefined;
    if (attached && !(await isKnown(qmp, id))) await start(qmp, id, attached, merge);
    return { qmp };
  });
  if (!begun) return false;
  const { qmp } = begun;
  await drive(qmp, id, () => exclusive((now) => pivot(qmp, now, id, disk)));
  return true;
}

/** A merge that has come to its end in qemu, and that nobody has drawn the consequences of yet. */
export async function mergedIn(qmp: Qmp, files: readonly ChainFile[]): Promise<Merge | undefined> {
  const jobs = await qmp.execute('query-jobs');
  for (const { path, backing } of files) {
    const job = jobs.find(({ id }) => id === jobOf(path));
    if (backing === undefined || job?.status !== 'concluded') continue;
    const above = files.filter((file) => file.backing === path).map((file) => file.path);
    if (job.error === undefined) return { type: 'merge', from: path, into: backing, above };
    await qmp.execute('job-dismiss', { id: job.id });
    throw new QmpJobError(job.id, job.error);
  }
  return undefined;
}

/** Forgets a merge whose consequences were drawn. */
export async function endMerge(qmp: Qmp, disk: string, { from }: Merge): Promise<void> {
  await qmp.execute('job-dismiss', { id: jobOf(from) });
  await closeUnused(qmp, disk);
}

/** Sees a job to its end, and leaves it there: only it tells, after a kill, that the files hold the same now. */
async function drive(qmp: Qmp, id: string, onReady: () => Promise<void>): Promise<void> {
  for (;;) {
    const job = (await qmp.execute('query-jobs')).find((one) => one.id === id);
    if (!job) throw new Error('the merge is not under way any more');
    if (job.status === 'concluded') return;
    if (job.status === 'ready') await onReady();
    else if (job.status === 'pending') await qmp.execute('job-finalize', { id });
    else await nextChange(qmp, id);
  }
}

const LOOK_MS = 500;

async function nextChange(qmp: Qmp, id: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LOOK_MS);
  const stop = qmp.on('JOB_STATUS_CHANGE', (data) => data.id === id && resolve());
  void qmp.closed.then(reject);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

const isKnown = async (qmp: Qmp, id: string): Promise<boolean> =>
  (await qmp.execute('query-jobs')).some((job) => job.id === id);

async function start(qmp: Qmp, id: string, { root, from, into, isActive }: Attached, merge: Merge): Promise<void> {
  await qmp.execute('block-commit', {
    'job-id': id,
    device: root,
    'top-node': from,
    'base-node': into,
    ...(!isActive && { 'backing-file': merge.into }),
    'auto-finalize': false,
    'auto-dismiss': false,
  });
}

/** @throws when the machine is another by now: the job is gone with it */
function requireSame(expected: Qmp, now: Qmp | undefined): Qmp {
  if (now === expected) return now;
  throw new Error('the machine was stopped meanwhile');
}

async function pivot(expected: Qmp, now: Qmp | undefined, id: string, disk: string): Promise<void> {
  const qmp = requireSame(expected, now);
  const { running } = await qmp.execute('query-status');
  if (running) await qmp.execute('stop');
  try {
    await qmp.execute('job-complete', { id });
    await untilJob(qmp, id, 'pending');
    await qmp.execute('job-finalize', { id });
    await untilJob(qmp, id, 'concluded');
  } finally {
    await record(qmp, disk);
    if (running) await qmp.execute('cont');
  }
}

/** What qemu writes to after a pivot, or after one that failed. */
async function record(qmp: Qmp, disk: string): Promise<void> {
  const [{ path }] = (await attachedChain(qmp, disk)).files;
  await setActive(path);
}

const POLL_MS = 5;

async function untilJob(qmp: Qmp, id: string, status: 'pending' | 'concluded'): Promise<void> {
  for (;;) {
    const job = (await qmp.execute('query-jobs')).find((one) => one.id === id);
    if (!job || job.status === status || job.status === 'concluded') return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Nodes that merges left over hold their files open. */
export async function closeUnused(qmp: Qmp, disk: string): Promise<void> {
  const { files } = await attachedChain(qmp, disk);
  const volume = volumeOf(files[0].path);
  const used = new Set(files.map(({ path }) => path));
  const nodes = await qmp.execute('query-named-block-nodes', { flat: true });
  const left = nodes.filter(
    ({ file, drv }) => ['file', 'qcow2', 'raw'].includes(drv) && volumeOf(file) === volume && !used.has(file),
  );
  const upperFirst = left.toSorted((a, b) => Number(a.drv === 'file') - Number(b.drv === 'file'));
  await dropNodes(
    qmp,
    upperFirst.flatMap((node) => node['node-name'] ?? []),
  );
}

/** Merges files that no qemu has open. What lies on the upper one lies on the lower one then. */
export async function mergeFiles(
  { from, into, above }: Merge,
  format: VolumeFormat,
  signal?: AbortSignal,
): Promise<void> {
  const base = { path: into, format: into === volumeOf(into) ? format : ('qcow2' as const) };
  await commitVolume(from, base, { signal });
  for (const path of above) await rebaseVolume(path, base, { unsafe: true });
}
