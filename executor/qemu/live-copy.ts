import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BlockdevOptions, type Qmp, QmpError, runJob } from '../qmp/index.ts';

/** A file to fill: made already, as large as the disk, and qemu's to write to. */
export interface CopyTarget {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  readonly key?: string;
}

export interface LiveCopy {
  /** What is new about the copy, such as a uid: who comes after a crash finds what was left by it. */
  readonly id: string;
  /** The node to copy, as qemu has it: below the filter that holds the guest's limits. */
  readonly node: string;
  readonly target: CopyTarget;
  readonly signal: AbortSignal;
  /** Percent. */
  readonly report: (progress: number) => void;
}

interface Names {
  readonly job: string;
  readonly file: string;
  readonly format: string;
  readonly secret: string;
}

/** To open an encrypted volume, qemu derives a key. */
const UNLOCKING_MS = 600_000;
const REPORT_MS = 500;
const DIGITS = 16;

/** qemu keeps a node's name in 32 bytes. */
function namesOf(id: string): Names {
  const digest = createHash('sha256').update(id).digest('hex').slice(0, DIGITS);
  return { job: `copy-${id}`, file: `copyfile-${digest}`, format: `copy-${digest}`, secret: `copykey-${digest}` };
}

/**
 * Copies a disk of a running machine as it is at this moment: what the guest writes meanwhile, qemu saves the old content of
 * before (`blockdev-backup`, docs/interop/live-block-operations.rst). Nothing of it is left in qemu, however it ends.
 * @throws QmpJobError, QmpError, or the signal's reason
 */
export async function copyLive(qmp: Qmp, { id, node, target, signal, report }: LiveCopy): Promise<void> {
  const names = namesOf(id);
  await endLiveCopy(qmp, id);
  signal.throwIfAborted();
  const over = new AbortController();
  const abort = () => void qmp.execute('job-cancel', { id: names.job }).catch(() => {});
  signal.addEventListener('abort', abort, { once: true });
  try {
    await addTarget(qmp, names, target);
    void watchProgress(qmp, names.job, report, over.signal);
    await runJob(qmp, names.job, () =>
      qmp.execute('blockdev-backup', {
        ...{ 'job-id': names.job, device: node, target: names.format, sync: 'full' as const },
        ...{ 'auto-finalize': false, 'auto-dismiss': false },
      }),
    );
    signal.throwIfAborted();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    over.abort();
    signal.removeEventListener('abort', abort);
    await removeTarget(qmp, names).catch(() => {});
  }
}

/** Takes away what a copy left in a qemu that nobody drives any more. */
export async function endLiveCopy(qmp: Qmp, id: string): Promise<void> {
  const names = namesOf(id);
  const jobs = await qmp.execute('query-jobs');
  if (jobs.some((job) => job.id === names.job)) {
    await unlessRefused(qmp.execute('job-cancel', { id: names.job }));
    await runJob(qmp, names.job, async () => {}).catch(() => {});
  }
  await removeTarget(qmp, names);
}

async function addTarget(qmp: Qmp, { file, format, secret }: Names, { path, format: driver, key }: CopyTarget) {
  const discard = { discard: 'unmap' };
  const unlock =
    driver === 'raw' ? { driver: 'luks', 'key-secret': secret } : { encrypt: { format: 'luks', 'key-secret': secret } };
  if (key !== undefined) {
    const data = Buffer.from(key).toString('base64');
    await qmp.execute('object-add', { 'qom-type': 'secret', id: secret, data, format: 'base64' });
  }
  await qmp.execute('blockdev-add', { driver: 'file', 'node-name': file, filename: path, ...discard });
  const options = {
    ...{ driver, 'node-name': format, file, 'detect-zeroes': 'unmap', ...discard },
    ...(key !== undefined && unlock),
  };
  await qmp.execute('blockdev-add', options as BlockdevOptions, { timeoutMs: UNLOCKING_MS });
}

async function removeTarget(qmp: Qmp, { file, format, secret }: Names): Promise<void> {
  for (const node of [format, file]) await unlessRefused(qmp.execute('blockdev-del', { 'node-name': node }));
  await unlessRefused(qmp.execute('object-del', { id: secret }));
}

/** What is not there needs no removal. */
async function unlessRefused(work: Promise<unknown>): Promise<void> {
  await work.catch((error) => {
    if (!(error instanceof QmpError)) throw error;
  });
}

async function watchProgress(qmp: Qmp, id: string, report: LiveCopy['report'], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const jobs = await qmp.execute('query-jobs').catch(() => undefined);
    const job = jobs?.find((one) => one.id === id);
    if (job && job['total-progress'] > 0) {
      report(Math.floor((100 * job['current-progress']) / job['total-progress']));
    }
    await sleep(REPORT_MS, undefined, { signal: over }).catch(() => {});
  }
}
