import type { VirtualMachineNetwork, VirtualMachineNetworkStatus } from '../../../schemas/kinds/network.ts';
import type { Lease } from '../../network/dnsmasq/leases.ts';
import type { KnownAddress } from '../../network/router/members.ts';
import { makeCondition, no, timestampOf, type Verdict, withCondition, yes } from '../common/condition.ts';
import { jointVerdict, withEntry } from '../common/many-nodes.ts';
import { isOn } from './judge.ts';

type Status = VirtualMachineNetworkStatus;
type NodeEntry = NonNullable<Status['nodes']>[number];
type LeaseEntry = NonNullable<Status['leases']>[number];
type NeighborEntry = NonNullable<Status['neighbors']>[number];

/** What this node has to say of a network. */
export interface NodeReport {
  readonly verdict: Verdict;
  readonly device?: string;
  readonly datapath?: string;
  readonly leases: readonly Lease[];
  readonly neighbors: readonly KnownAddress[];
}

const MOST = 4096;

/** Entries of other nodes stay: each speaks for itself. Every node comes to the same order, or they would answer each other for ever. */
const merged = <T extends { readonly nodeName?: string | undefined }>(
  before: readonly T[] | undefined,
  mine: readonly T[],
  nodeName: string,
): T[] =>
  [...(before ?? []).filter((entry) => entry.nodeName !== nodeName), ...mine]
    .sort(({ nodeName: a = '' }, { nodeName: b = '' }) => Number(a > b) - Number(a < b))
    .slice(0, MOST);

/** @param now RFC 3339 */
export function networkStatus(
  network: VirtualMachineNetwork,
  nodeName: string,
  report: NodeReport,
  now: string,
): Status {
  const here = isOn(network, nodeName);
  const before = network.status?.nodes ?? [];
  const nodes = withEntry(before, nodeName, here ? entryOf(nodeName, report) : undefined);
  const leases = merged(network.status?.leases, here ? leasesOf(report, nodeName) : [], nodeName);
  const neighbors = merged(network.status?.neighbors, here ? neighborsOf(report, nodeName) : [], nodeName);
  const { generation } = network.metadata;
  const verdict = here ? jointVerdict(network, nodes, nodeName, report.verdict) : elsewhere(network, nodeName, nodes);
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    nodes,
    ...(leases.length > 0 && { leases }),
    ...(neighbors.length > 0 && { neighbors }),
    conditions: withCondition(network.status?.conditions, makeCondition(network, 'Ready', verdict, now)),
  };
}

function entryOf(name: string, { verdict, device, datapath }: NodeReport): NodeEntry {
  const ready = verdict.status === 'True';
  const place = { ...(device !== undefined && { device }), ...(datapath !== undefined && { datapath }) };
  return { name, ready, ...(!ready && { message: verdict.message }), ...place };
}

/** A node that is not asked speaks only where nobody else does. */
function elsewhere(network: VirtualMachineNetwork, nodeName: string, nodes: readonly NodeEntry[]): Verdict {
  if (nodes.length === 0) return no('NotOnThisNode', `the network is not for the node ${nodeName}`);
  const { conditions = [] } = network.status ?? {};
  const said = conditions.find(({ type }) => type === 'Ready');
  return said ? { status: said.status, reason: said.reason, message: said.message } : yes('Ready', 'ready elsewhere');
}

const MILLISECONDS = 1000;

const leasesOf = ({ leases }: NodeReport, nodeName: string): LeaseEntry[] =>
  [...leases]
    .sort((a, b) => (a.macAddress < b.macAddress ? -1 : 1))
    .map(({ macAddress, address, hostName, expires }) => ({
      ...{ macAddress, address },
      ...(hostName !== undefined && { hostName }),
      ...(expires > 0 && { expires: timestampOf(expires * MILLISECONDS) }),
      nodeName,
    }));

function neighborsOf({ neighbors }: NodeReport, nodeName: string): NeighborEntry[] {
  const keys = neighbors.map(({ macAddress, address }) => `${macAddress} ${address}`);
  return [...new Set(keys)].sort().map((key) => {
    const [macAddress = '', address = ''] = key.split(' ');
    return { macAddress, address, nodeName };
  });
}
