import { expect, test } from 'vitest';
import { sameJson } from '../../executor/controller/conditions.ts';
import { no, type Verdict, yes } from '../../executor/kinds/common/condition.ts';
import { Turns } from '../../executor/kinds/common/many-nodes.ts';
import { networkStatus } from '../../executor/kinds/virtualmachinenetwork/status.ts';
import type { ObservedPool } from '../../executor/kinds/virtualmachinestoragepool/observe.ts';
import { poolStatus, type Speaker } from '../../executor/kinds/virtualmachinestoragepool/status.ts';
import type { VirtualMachineNetwork } from '../../schemas/kinds/network.ts';
import type { VirtualMachineStoragePool } from '../../schemas/kinds/storage-pool.ts';

type PoolStatus = NonNullable<VirtualMachineStoragePool['status']>;

const NOW = '2030-01-01T00:00:00Z';
const nodes = (count: number) => Array.from({ length: count }, (_, index) => `node-${index}`).reverse();
const metadata = { name: 'default', generation: 1 };
const pool = (status?: VirtualMachineStoragePool['status']) =>
  ({ metadata, spec: { dir: { path: '/pool' } }, ...(status && { status }) }) as VirtualMachineStoragePool;
const network = (status?: VirtualMachineNetwork['status']) =>
  ({ metadata, spec: { user: {} }, ...(status && { status }) }) as VirtualMachineNetwork;

const found = { ready: true as const, path: '/pool', capacity: 1000n, available: 500n };
const missing = (message: string) => ({ ready: false as const, reason: 'ParentNotFound', message });
const observed = (node: ObservedPool['node'], committed = 0n): ObservedPool => ({
  ...{ node, committed, users: [], unknown: [] },
});

/** How often each of many nodes writes, which all look again after every write, until there is nothing left to say. */
function converge<S extends object>(names: readonly string[], statusOf: (before: S | undefined, name: string) => S) {
  let status: S | undefined;
  let writes = 0;
  for (let isQuiet = false; !isQuiet; ) {
    isQuiet = true;
    for (const name of names) {
      const next = statusOf(status, name);
      if (sameJson(next, status)) continue;
      [status, isQuiet] = [next, false];
      writes += 1;
      if (writes > 10 * names.length) throw new Error(`never quiet: ${JSON.stringify(next)}`);
    }
  }
  return { status: status as unknown as S & { conditions: Verdict[] }, writes };
}

const poolOf = (names: readonly string[], broken: Readonly<Record<string, string>> = {}) =>
  converge<PoolStatus>(names, (before, nodeName) => {
    const why = broken[nodeName];
    return poolStatus(pool(before), observed(why === undefined ? found : missing(why)), { nodeName, now: NOW });
  });

test('a hundred nodes that report on one pool come to an end, with a write each and a few more', () => {
  const { status, writes } = poolOf(nodes(100));
  expect(status.nodes).toHaveLength(100);
  expect(status.conditions[0]).toMatchObject({ status: 'True', reason: 'Ready' });
  expect(writes).toBe(100);
});

test('of nodes that cannot use a pool, the first by name says why, and the others leave it', () => {
  const { status, writes } = poolOf(nodes(5), { 'node-1': '/a is not there', 'node-3': '/b is not there' });
  expect(status.conditions[0]).toMatchObject({ reason: 'ParentNotFound', message: '/a is not there' });
  expect(writes).toBeLessThan(15);
});

test('a node that is gone is spoken for by the others', () => {
  const left = [{ name: 'a', ready: false, message: '/a is not there' }];
  const { conditions } = poolStatus(pool({ nodes: left }), observed(found), { nodeName: 'b', now: NOW });
  expect(conditions?.[0]).toMatchObject({
    ...{ status: 'False', reason: 'NodesNotReady', message: 'on the node a: /a is not there' },
  });
});

test('a pool that is well again is said to be by the first node', () => {
  const { status: before } = poolOf(nodes(3), { 'node-0': '/a is not there' });
  const after = converge<PoolStatus>(nodes(3), (last, nodeName) => ({
    ...before,
    ...poolStatus(pool(last ?? before), observed(found), { nodeName, now: NOW }),
  }));
  expect(after.status.conditions[0]).toMatchObject({ status: 'True', reason: 'Ready' });
});

test('nodes that report on a network come to an end, whatever each has to say', () => {
  const { status, writes } = converge<NonNullable<VirtualMachineNetwork['status']>>(nodes(20), (before, name) => {
    const index = Number(name.slice(5));
    const verdict = index % 7 === 3 ? no('DnsmasqFailed', `no dnsmasq on ${name}`) : yes('Ready', `on br-${name}`);
    const leases = [{ macAddress: `02:00:00:00:00:0${index % 10}`, address: '10.0.0.1', expires: 0 }];
    return networkStatus(network(before), name, { verdict, leases, neighbors: [] } as never, NOW);
  });
  expect(status.conditions[0]).toMatchObject({ reason: 'DnsmasqFailed', message: 'no dnsmasq on node-10' });
  expect(status.leases).toHaveLength(20);
  expect(writes).toBeLessThan(60);
});

test('numbers wait for a node’s turn; that a pool cannot be used any more does not', () => {
  const speaker: Speaker = { nodeName: 'a', now: NOW };
  const before = pool(poolStatus(pool(), observed(found), speaker));
  const later = (node: ObservedPool['node'], isWaiting: boolean) =>
    poolStatus(before, observed(node, 4096n), { ...speaker, isWaiting }).nodes?.[0];
  expect(later(found, true)).toEqual(before.status?.nodes?.[0]);
  expect(later(found, false)).toMatchObject({ committed: '4Ki' });
  expect(later(missing('gone'), true)).toMatchObject({ ready: false, message: 'gone' });
});

test('turns come as often as all nodes together may write', () => {
  const turns = new Turns();
  expect(turns.wait('p', 100, 5)).toBe(0);
  turns.took('p', 1000);
  expect(turns.wait('p', 1, 1001)).toBe(0);
  expect(turns.wait('p', 100, 51_000)).toBe(150_000);
  expect(turns.wait('p', 100, 201_000)).toBe(0);
  expect(turns.wait('q', 100, 1001)).toBe(0);
  turns.forget('p');
  expect(turns.wait('p', 100, 1001)).toBe(0);
});
