import type { Lease } from '../daemon/node-lease.ts';

interface Seen {
  readonly renewTime: string;
  readonly durationMs: number;
  readonly atMs: number;
}

const SECOND_MS = 1000;

/**
 * Which nodes renew their leases, by when each renewal was heard of here: clocks of nodes are not compared. Who has just begun
 * to look gives everybody the time of one lease.
 */
export class LeaseWatch {
  readonly #seen = new Map<string, Seen>();
  readonly #sinceMs: number;
  readonly #graceMs: number;

  /** @param graceMs how long to wait for a node that has no lease */
  constructor(sinceMs: number, graceMs: number) {
    this.#sinceMs = sinceMs;
    this.#graceMs = graceMs;
  }

  /** Hears of a lease, or that it is gone. */
  hear(name: string, lease: Lease | undefined, nowMs: number): void {
    const { renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
    if (!lease) this.#seen.delete(name);
    else if (this.#seen.get(name)?.renewTime !== renewTime)
      this.#seen.set(name, { renewTime, durationMs: leaseDurationSeconds * SECOND_MS, atMs: nowMs });
  }

  isLost(name: string, nowMs: number): boolean {
    const seen = this.#seen.get(name);
    return seen ? nowMs - seen.atMs > seen.durationMs : nowMs - this.#sinceMs > this.#graceMs;
  }

  names(): string[] {
    return [...this.#seen.keys()];
  }
}
