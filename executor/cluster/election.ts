import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../schemas/client/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../schemas/client/errors.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Log } from '../controller/types.ts';
import { LEASES, SYSTEM_NAMESPACE } from '../daemon/node-lease.ts';
import { type ElectionTiming, within } from './timing.ts';

/** coordination.k8s.io/v1 LeaseSpec, as leader election uses it. */
export interface ElectionRecord {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export type ElectionLease = KubeObject & { readonly spec?: ElectionRecord };

/** What a candidate has seen, and when by its own clock that only goes forward: the clocks of others are not compared with. */
export interface Sight {
  readonly record: ElectionRecord;
  readonly atMs: number;
}

export const ELECTION = { namespace: SYSTEM_NAMESPACE, name: 'vmctl-controllers' } as const;

/** Remembers when a record was first seen as it is. Pure. */
export const look = (before: Sight | undefined, record: ElectionRecord, nowMs: number): Sight =>
  before && JSON.stringify(before.record) === JSON.stringify(record) ? before : { record, atMs: nowMs };

/**
 * The record that a candidate writes; nothing while another one holds it. Pure.
 * Source: tryAcquireOrRenew of client-go's tools/leaderelection.
 */
export function bid(sight: Sight, me: string, { leaseMs }: ElectionTiming, nowMs: number, now: string) {
  const { holderIdentity = '', acquireTime, leaseTransitions = 0 } = sight.record;
  const mine = holderIdentity === me;
  if (!mine && holderIdentity !== '' && sight.atMs + leaseMs > nowMs) return undefined;
  return {
    holderIdentity: me,
    leaseDurationSeconds: Math.max(1, Math.round(leaseMs / 1000)),
    renewTime: now,
    acquireTime: mine && acquireTime !== undefined ? acquireTime : now,
    leaseTransitions: mine ? leaseTransitions : leaseTransitions + 1,
  } satisfies ElectionRecord;
}

const microTime = (): string => new Date().toISOString().replace('Z', '000Z');

export interface ElectionOptions {
  readonly client: ApiClient;
  /** No two candidates have the same. */
  readonly identity: string;
  readonly timing: ElectionTiming;
  /** Whether it is of any use to have the lead. */
  readonly mayLead: () => Promise<boolean>;
  /** Begins what only the leader does. @returns what ends it */
  readonly lead: () => Promise<() => Promise<void>>;
  readonly log: Log;
}

/** Takes part in the election until it is closed, and lets go of the lead then. */
export interface Candidate {
  readonly leads: () => boolean;
  close(): Promise<void>;
}

export function runForElection(options: ElectionOptions): Candidate {
  const { timing, lead, log, identity } = options;
  const abort = new AbortController();
  const pause = (ms: number) => sleep(ms, undefined, { signal: abort.signal }).catch(() => {});
  let sight: Sight | undefined;
  let leading = false;

  /** @returns whether the lead is ours now */
  async function attempt(): Promise<boolean> {
    const lease = await read(options.client);
    if (!lease) return create(options);
    sight = look(sight, lease.spec ?? {}, performance.now());
    const spec = bid(sight, identity, timing, performance.now(), microTime());
    if (!spec) return false;
    const written = await options.client.replace<ElectionLease>(LEASES, { ...lease, spec });
    sight = look(sight, written.spec ?? {}, performance.now());
    return true;
  }

  const tryOnce = (): Promise<boolean> =>
    within(timing.renewMs, 'the election', attempt()).catch((error) => {
      if (!isConflict(error)) log.warn(`cannot take part in the election: ${error.message}`);
      return false;
    });

  /** Renews until it could not for too long, or another has the lead. */
  async function keep(): Promise<void> {
    let renewed = performance.now();
    while (!abort.signal.aborted && performance.now() - renewed < timing.renewMs) {
      await pause(timing.retryMs);
      const begun = performance.now();
      const left = Math.max(1, timing.renewMs - (begun - renewed));
      const kept = await within(left, 'a renewal', tryOnce()).catch(() => false);
      if (kept) renewed = begun;
      else if (sight && sight.record.holderIdentity !== identity) return;
    }
  }

  async function run(): Promise<void> {
    let may = false;
    while (!abort.signal.aborted) {
      may ||= await within(timing.renewMs, 'a review', options.mayLead()).catch(() => false);
      leading = may && (await tryOnce());
      if (leading) {
        log.info('leads the controllers of the cluster', { identity });
        const begun = lead();
        begun.catch((error) => log.error('cannot start the controllers of the cluster', error));
        await keep();
        leading = false;
        log.info('no longer leads the controllers of the cluster', { identity });
        await begun.then((end) => end()).catch(() => {});
      }
      // Not all at once, when a leader dies.
      await pause(timing.retryMs * (1 + Math.random() * 0.2));
    }
  }

  const done = run();
  return {
    leads: () => leading,
    close: async () => {
      abort.abort();
      await done;
      await release(options).catch(() => {});
    },
  };
}

async function read(client: ApiClient): Promise<ElectionLease | undefined> {
  try {
    return await client.get<ElectionLease>(LEASES, ELECTION);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function create({ client, identity, timing }: ElectionOptions): Promise<boolean> {
  const spec = bid({ record: {}, atMs: 0 }, identity, timing, 0, microTime());
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: ELECTION, spec };
  try {
    await client.create<ElectionLease & { spec: typeof spec }>(LEASES, lease);
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return false;
    throw error;
  }
}

/** Nobody has to wait for one who left in order. */
async function release({ client, identity, timing }: ElectionOptions): Promise<void> {
  const lease = await within(timing.retryMs, 'the end of the lead', read(client));
  if (lease?.spec?.holderIdentity !== identity) return;
  const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 };
  await within(timing.retryMs, 'the end of the lead', client.replace<ElectionLease>(LEASES, { ...lease, spec }));
}
