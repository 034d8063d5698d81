import { setTimeout as sleep } from 'node:timers/promises';

/** How controllers are elected, as client-go's leader election has it: all in milliseconds. */
export interface ElectionTiming {
  /** How long others wait for a leader that is not heard of. */
  readonly leaseMs: number;
  /** How long a leader tries to renew before it gives up; less than `leaseMs`. */
  readonly renewMs: number;
  /** How often it is tried. */
  readonly retryMs: number;
}

/** What an executor on a cluster is told about the cluster. */
export interface ClusterOptions {
  readonly election: ElectionTiming;
  /** For how long each renewal of the node's lease says that the node lives. */
  readonly nodeLeaseSeconds: number;
  /** Image of the container that holds a machine's place on a node with a kubelet. */
  readonly pauseImage: string;
}

/** An answer that does not come is none: a connection over a cut cable stays silent for minutes. @throws Error after `ms` */
export async function within<T>(ms: number, what: string, answer: Promise<T>): Promise<T> {
  const end = new AbortController();
  const late = sleep(ms, undefined, { signal: end.signal }).then(() => {
    throw new Error(`${what} took longer than ${ms} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([answer, late]);
  } finally {
    end.abort();
    answer.catch(() => {});
  }
}
