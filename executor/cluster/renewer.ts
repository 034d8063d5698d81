import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../controller/types.ts';
import { within } from './timing.ts';

export interface RenewerOptions {
  /** Renews once. */
  readonly renew: () => Promise<unknown>;
  /** For how long a renewal holds. */
  readonly leaseMs: number;
  /** Called after a renewal that failed: connections over a cut cable are better made anew. */
  readonly onFailure: () => void;
  readonly log: Log;
}

export interface Renewer {
  /** Whether the last renewal that succeeded holds no longer: others may take this node for dead. */
  isLost(): boolean;
  close(): void;
}

/** As kubelet has it: renewed four times as often as it must be, a failure tried again soon. */
const PER_LEASE = 4;
const RETRIES_PER_LEASE = 20;

/** Keeps a lease renewed. What holds is counted from before the request was sent: nobody can have seen it earlier. */
export function keepRenewed({ renew, leaseMs, onFailure, log }: RenewerOptions): Renewer {
  const everyMs = leaseMs / PER_LEASE;
  const abort = new AbortController();
  let renewedAt = performance.now();
  let failures = 0;

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      await sleep(failures > 0 ? leaseMs / RETRIES_PER_LEASE : everyMs, undefined, { signal: abort.signal });
      const begun = performance.now();
      try {
        await within(everyMs, 'the renewal', renew());
        renewedAt = begun;
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) log.error('cannot renew the lease of this node', error);
        onFailure();
      }
    }
  }

  run().catch(() => {});
  return { isLost: () => performance.now() - renewedAt > leaseMs, close: () => abort.abort() };
}
