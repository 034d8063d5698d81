import type { Qmp } from './client.ts';
import type { JobInfo, JobStatus } from './commands/index.ts';
import { QmpJobError } from './errors.ts';

export interface RunJobOptions {
  /**
   * Called when a mirror or an active commit has caught up. The default completes the job at once; a commit's pivot
   * does more around it (stop, complete, record which image is active, continue).
   */
  readonly onReady?: (qmp: Qmp) => Promise<void>;
  /** Milliseconds for one command about the job; a machine that saves its memory answers nothing until it has. Default: ten minutes. */
  readonly commandTimeoutMs?: number;
}

const COMMAND_TIMEOUT_MS = 600_000;
const OVER = new Set<JobStatus>(['concluded', 'null', 'undefined']);

/**
 * Runs a background job to its end: starts it unless qemu has a job of that id already (from before a reconnect), then
 * completes, finalizes and dismisses it. Start block jobs with `auto-finalize` and `auto-dismiss` false.
 * A job that was dismissed just before the connection broke is started again: ask first whether its result is there.
 * @throws QmpJobError with qemu's own reason, QmpError when the start is refused, or the reason of a lost connection
 */
export async function runJob(
  qmp: Qmp,
  id: string,
  start: () => Promise<unknown>,
  options: RunJobOptions = {},
): Promise<void> {
  const changes = watchJob(qmp, id);
  try {
    if (!(await findJob(qmp, id, options))) await start();
    await drive(qmp, id, changes, options);
  } finally {
    changes.stop();
  }
}

async function drive(qmp: Qmp, id: string, changes: JobChanges, options: RunJobOptions): Promise<void> {
  const execute = { timeoutMs: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS };
  let job = await findJob(qmp, id, options);
  let completed = false;
  while (job && !OVER.has(job.status)) {
    if (job.status === 'ready' && !completed) {
      completed = true;
      await (options.onReady ?? ((client) => client.execute('job-complete', { id }, execute).then(() => {})))(qmp);
    } else if (job.status === 'pending') {
      await qmp.execute('job-finalize', { id }, execute);
    } else {
      await changes.next();
    }
    job = await findJob(qmp, id, options);
  }
  if (!job) throw new QmpJobError(id, 'it vanished from qemu without telling its result');
  await qmp.execute('job-dismiss', { id }, execute);
  if (job.error !== undefined) throw new QmpJobError(id, job.error);
}

async function findJob(qmp: Qmp, id: string, options: RunJobOptions): Promise<JobInfo | undefined> {
  const timeoutMs = options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
  const jobs = await qmp.execute('query-jobs', undefined, { timeoutMs });
  return jobs.find((job) => job.id === id);
}

interface JobChanges {
  /** Settles at once when a change came since the last call, else with the next one; rejects when the connection ends. */
  next(): Promise<void>;
  stop(): void;
}

function watchJob(qmp: Qmp, id: string): JobChanges {
  let change = Promise.withResolvers<void>();
  const stop = qmp.on('JOB_STATUS_CHANGE', (data) => {
    if (data.id === id) change.resolve();
  });
  const lost = qmp.closed.then((cause) => {
    throw cause;
  });
  lost.catch(() => {});
  return {
    async next() {
      await Promise.race([change.promise, lost]);
      change = Promise.withResolvers<void>();
    },
    stop,
  };
}
