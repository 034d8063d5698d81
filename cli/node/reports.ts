import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../schemas/client/client.ts';
import { isNotFound } from '../../schemas/client/errors.ts';
import { LEASES, SYSTEM_NAMESPACE } from '../../schemas/cluster.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { Failure } from '../errors.ts';

export type Lease = KubeObject & { spec?: { readonly renewTime?: string; readonly leaseDurationSeconds?: number } };

const POLL_MS = 500;

/** When a node's executor was last heard of, as the API has it. */
export async function lastHeard(client: ApiClient, node: string): Promise<string | undefined> {
  try {
    const lease = await client.get<Lease>(LEASES, { namespace: SYSTEM_NAMESPACE, name: node });
    return lease.spec?.renewTime;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Waits until a node's executor says that it lives; clocks of hosts differ, so any other word than before counts. @throws Failure (timedOut) */
export async function waitForReport(
  client: ApiClient,
  node: string,
  before: string | undefined,
  limitMs: number,
  hint: string,
): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    const heard = await lastHeard(client, node);
    if (heard !== undefined && heard !== before) return;
    if (performance.now() > end)
      throw new Failure('timedOut', `the executor of ${node} has not reported to the cluster`, hint);
    await sleep(POLL_MS);
  }
}
