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

/** What a leader does, as long as it leads. */
export interface Term {
  /** Rejects where it cannot begin. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface ElectionOptions {
  readonly client: ApiClient;
  /** No two candidates have the same. */
  readonly identity: string;
  readonly timing: ElectionTiming;
  /** Whether it is of any use to have the lead. */
  readonly mayLead: () => Promise<boolean>;
  /** Begins what only the leader does. */
  readonly lead: () => Term;
  readonly log: Log;
}

/** Takes part in the election until it is closed, and lets go of the lead then. */
export interface Candidate {
  close(): Promise<void>;
}

export function runForElection(options: ElectionOptions): Candidate {
  const election = new Election(options);
  const done = election.run();
  return {
    close: async () => {
      election.stop();
      await done;
    },
  };
}

class Election {
  readonly #options: ElectionOptions;
  readonly #abort = new AbortController();
  #sight: Sight | undefined;
  /** Asked until the answer is yes, and again once the lead is lost: rights may be given later, and taken away. */
  #may = false;

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#abort.abort();
  }

  async run(): Promise<void> {
    const { retryMs } = this.#options.timing;
    while (!this.#abort.signal.aborted) {
      if ((await this.#mayLead()) && (await this.#try())) await this.#serve();
      // Not all at once, when a leader dies.
      await this.#pause(retryMs * (1 + Math.random() * 0.2));
    }
  }

  async #mayLead(): Promise<boolean> {
    const { timing, mayLead } = this.#options;
    this.#may ||= await within(timing.renewMs, 'a review', mayLead()).catch(() => false);
    return this.#may;
  }

  /** Leads until the lead is lost, closed, or of no use; then lets go of what is left of it. */
  async #serve(): Promise<void> {
    const { lead, log, identity } = this.#options;
    log.info('leads the controllers of the cluster', { identity });
    const term = lead();
    const failed = new AbortController();
    term.ready.catch((error) => {
      log.error('cannot start the controllers of the cluster', error);
      failed.abort();
    });
    await this.#keep(AbortSignal.any([this.#abort.signal, failed.signal]));
    await term.close();
    await release(this.#options).catch(() => {});
    this.#may = false;
    log.info('no longer leads the controllers of the cluster', { identity });
  }

  /** Renews until it could not for too long, or another has the lead. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { timing, identity } = this.#options;
    let renewed = performance.now();
    while (!signal.aborted && performance.now() - renewed < timing.renewMs) {
      await this.#pause(timing.retryMs, signal);
      if (signal.aborted) return;
      const begun = performance.now();
      const left = Math.max(1, timing.renewMs - (begun - renewed));
      const kept = await within(left, 'a renewal', this.#try()).catch(() => false);
      if (kept) renewed = begun;
      else if (this.#sight && this.#sight.record.holderIdentity !== identity) return;
    }
  }

  async #try(): Promise<boolean> {
    try {
      return await within(this.#options.timing.renewMs, 'the election', this.#attempt());
    } catch (error) {
      if (!isConflict(error)) this.#options.log.warn(`cannot take part in the election: ${(error as Error).message}`);
      return false;
    }
  }

  /** @returns whether the lead is ours now */
  async #attempt(): Promise<boolean> {
    const { client, identity, timing } = this.#options;
    const lease = await read(client);
    if (!lease) return create(this.#options);
    this.#sight = look(this.#sight, lease.spec ?? {}, performance.now());
    const spec = bid(this.#sight, identity, timing, performance.now(), microTime());
    if (!spec) return false;
    const written = await client.replace<ElectionLease>(LEASES, { ...lease, spec });
    this.#sight = look(this.#sight, written.spec ?? {}, performance.now());
    return true;
  }

  #pause(ms: number, signal: AbortSignal = this.#abort.signal): Promise<void> {
    return sleep(ms, undefined, { signal }).catch(() => {});
  }
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
