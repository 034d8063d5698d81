import { createHash } from 'node:crypto';
import type { JobInfo, Qmp } from '../../../qmp/index.ts';
import { QmpJobError } from '../../../qmp/index.ts';
import type { TaskHandle } from '../../../storage/tasks.ts';

/** The job that copies a disk, and the node that it copies to: by the backup's uid, so that a later executor finds them. */
export const jobOf = (uid: string, disk: string): string =>
  `bk-${createHash('sha256').update(`${uid}/${disk}`).digest('hex').slice(0, 24)}`;

const LOOK_MS = 500;

/** The jobs of a backup that qemu knows. */
export async function knownJobs(qmp: Qmp, ids: readonly string[]): Promise<JobInfo[]> {
  return (await qmp.execute('query-jobs')).filter(({ id }) => ids.includes(id));
}

/**
 * Waits until every disk is copied.
 * @param mayGoOn throws when the copy is to end before
 * @throws QmpJobError with the reason of the first that failed, once all others have ended too
 */
export async function followJobs(
  qmp: Qmp,
  ids: readonly string[],
  task: TaskHandle,
  mayGoOn: () => void,
): Promise<void> {
  for (;;) {
    const jobs = await knownJobs(qmp, ids);
    if (jobs.length < ids.length) throw new Error('qemu does not know of the copy any more');
    if (jobs.every(({ status }) => status === 'concluded')) return judge(jobs);
    task.report(percent(jobs));
    try {
      judge(jobs);
      task.signal.throwIfAborted();
      mayGoOn();
    } catch (error) {
      await cancel(qmp, jobs);
      throw error;
    }
    await nextChange(qmp, ids);
  }
}

function judge(jobs: readonly JobInfo[]): void {
  const failed = jobs.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined) throw new QmpJobError(failed.id, failed.error);
}

function percent(jobs: readonly JobInfo[]): number {
  const sum = (of: (job: JobInfo) => number) => jobs.reduce((total, job) => total + of(job), 0);
  const all = sum((job) => job['total-progress']);
  return all === 0 ? 0 : Math.floor((sum((job) => job['current-progress']) / all) * 100);
}

/** Settles with the next change of one of the jobs, or after a while: progress tells nobody. */
async function nextChange(qmp: Qmp, ids: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, LOOK_MS);
  const stop = qmp.on('JOB_STATUS_CHANGE', ({ id }) => ids.includes(id) && resolve());
  void qmp.closed.then(reject);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

async function cancel(qmp: Qmp, jobs: readonly JobInfo[]): Promise<void> {
  for (const { id, status } of jobs)
    if (status !== 'concluded') await qmp.execute('job-cancel', { id }).catch(() => {});
  const ids = jobs.map(({ id }) => id);
  while ((await knownJobs(qmp, ids)).some(({ status }) => status !== 'concluded')) await nextChange(qmp, ids);
}

/** Takes away what has ended, and the nodes that it copied to. */
export async function dropJobs(qmp: Qmp, ids: readonly string[]): Promise<void> {
  for (const { id, status } of await knownJobs(qmp, ids)) {
    if (status === 'concluded') await qmp.execute('job-dismiss', { id });
  }
  const nodes = new Set(
    (await qmp.execute('query-named-block-nodes', { flat: true })).map((node) => node['node-name']),
  );
  for (const id of ids) if (nodes.has(id)) await qmp.execute('blockdev-del', { 'node-name': id });
}
