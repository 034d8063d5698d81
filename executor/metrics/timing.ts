import { channel } from 'node:diagnostics_channel';

/** How long something took, as whoever did it publishes it: costs nothing while nobody listens. */
export interface Timing {
  /** The kind that was reconciled, the command that was run, or what was done with a snapshot. */
  readonly what: string;
  readonly seconds: number;
}

export const RECONCILE = 'vmctl.reconcile';
export const QMP_COMMAND = 'vmctl.qmp';
/** What a snapshot or a revert itself takes, between its announcement and its acknowledgement. */
export const SNAPSHOT = 'vmctl.snapshot';

/** Runs something and publishes how long it took, also where it failed. */
export async function timed<T>(
  name: typeof RECONCILE | typeof QMP_COMMAND | typeof SNAPSHOT,
  what: string,
  run: () => Promise<T>,
): Promise<T> {
  const listeners = channel(name);
  if (!listeners.hasSubscribers) return run();
  const start = performance.now();
  try {
    return await run();
  } finally {
    listeners.publish({ what, seconds: (performance.now() - start) / 1000 } satisfies Timing);
  }
}
