import { describe, expect, it } from 'vitest';
import { bid, look } from '../../executor/cluster/election.ts';
import { hasRunOut, isOutOfService } from '../../executor/cluster/fenced.ts';
import { LeaseWatch } from '../../executor/cluster/lease-watch.ts';
import { keepRenewed } from '../../executor/cluster/renewer.ts';
import { within } from '../../executor/cluster/timing.ts';
import type { Lease } from '../../executor/daemon/node-lease.ts';

const TIMING = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 };
const NOW = '2026-01-02T03:04:05.000000Z';
const THEN = '2026-01-01T00:00:00.000000Z';
const of = (holderIdentity: string) => ({ holderIdentity, acquireTime: THEN, renewTime: THEN, leaseTransitions: 4 });
const won = { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: NOW };

describe('the election', () => {
  it.each([
    ['nobody had it', {}, 0, { ...won, acquireTime: NOW, leaseTransitions: 1 }],
    ['it was let go of', of(''), 0, { ...won, acquireTime: NOW, leaseTransitions: 5 }],
    ['it is ours', of('me'), 0, { ...won, acquireTime: THEN, leaseTransitions: 4 }],
    ['another has it', of('other'), 14_999, undefined],
    ['another is not heard of', of('other'), 15_000, { ...won, acquireTime: NOW, leaseTransitions: 5 }],
  ])('%s', (_, record, laterMs, expected) => {
    expect(bid({ record, atMs: 1000 }, 'me', TIMING, 1000 + laterMs, NOW)).toEqual(expected);
  });

  it('counts from when a record was first seen, by nobody else’s clock', () => {
    const first = look(undefined, of('other'), 10);
    expect(look(first, of('other'), 20)).toBe(first);
    expect(look(first, { ...of('other'), renewTime: NOW }, 20).atMs).toBe(20);
  });
});

const lease = (renewTime: string): Lease =>
  ({ metadata: { name: 'a' }, spec: { renewTime, leaseDurationSeconds: 40 } }) as Lease;

describe('the leases of nodes', () => {
  it('run out once no renewal was heard of for their time', () => {
    const watch = new LeaseWatch(0, 40_000);
    watch.hear('a', lease(THEN), 1000);
    watch.hear('a', lease(THEN), 30_000);
    expect([watch.isLost('a', 41_000), watch.isLost('a', 41_001)]).toEqual([false, true]);
    watch.hear('a', lease(NOW), 50_000);
    expect(watch.isLost('a', 60_000)).toBe(false);
    watch.hear('a', undefined, 60_000);
    expect(watch.isLost('a', 60_000)).toBe(true);
  });

  it('are waited for by who has just begun to look', () => {
    const watch = new LeaseWatch(1000, 40_000);
    expect([watch.isLost('b', 41_000), watch.isLost('b', 41_001)]).toEqual([false, true]);
  });

  it('are lost to their own node no later than to others', async () => {
    let answers = true;
    let failures = 0;
    const renew = () => (answers ? Promise.resolve() : Promise.reject(new Error('no')));
    const onFailure = () => {
      failures += 1;
    };
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const renewer = keepRenewed({ renew, leaseMs: 200, onFailure, log });
    const until = async (holds: () => boolean) => {
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    expect(renewer.isLost()).toBe(false);
    answers = false;
    await until(renewer.isLost);
    expect(failures).toBeGreaterThan(0);
    answers = true;
    await until(() => !renewer.isLost());
    renewer.close();
  });
});

it('an answer that does not come is an error', async () => {
  await expect(within(5, 'it', new Promise(() => {}))).rejects.toThrow('it took longer than 5 ms');
  await expect(within(1000, 'it', Promise.resolve(7))).resolves.toBe(7);
});

it('a node counts as fenced by the taint alone, and a lease as run out by its own words', () => {
  const tainted = (key: string) => ({ spec: { taints: [{ key, effect: 'NoExecute' }] } });
  expect(isOutOfService(tainted('node.kubernetes.io/out-of-service'))).toBe(true);
  expect(isOutOfService(tainted('node.kubernetes.io/unreachable'))).toBe(false);
  expect(isOutOfService({})).toBe(false);
  const at = Date.parse(NOW);
  expect([hasRunOut(lease(NOW), at + 40_000), hasRunOut(lease(NOW), at + 40_001)]).toEqual([false, true]);
});
