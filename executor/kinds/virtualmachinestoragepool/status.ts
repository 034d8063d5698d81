import type {
  VirtualMachineStoragePool,
  VirtualMachineStoragePoolStatus,
} from '../../../schemas/kinds/storage-pool.ts';
import { formatSize, parseSize } from '../../../schemas/types/size.ts';
import type { FoundVolume } from '../../storage/pool/index.ts';
import { makeCondition, no, type Verdict, withCondition, yes } from '../common/condition.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedPool } from './observe.ts';

type NodeEntry = NonNullable<VirtualMachineStoragePoolStatus['nodes']>[number];

const SHOWN_USERS = 5;
/** A status has to stay small; the count beside the list tells all. */
const SHOWN_VOLUMES = 20;

/** @param now RFC 3339 */
export function poolStatus(
  pool: VirtualMachineStoragePool,
  observed: ObservedPool,
  nodeName: string,
  now: string,
): VirtualMachineStoragePoolStatus {
  const before = pool.status?.nodes ?? [];
  const mine = observed.node && [
    entryOf(
      nodeName,
      observed,
      observed.node,
      before.find(({ name }) => name === nodeName),
    ),
  ];
  const nodes = [...before.filter(({ name }) => name !== nodeName), ...(mine ?? [])];
  const generation = pool.metadata.generation;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    nodes,
    conditions: withCondition(pool.status?.conditions, makeCondition(pool, 'Ready', judge(pool, observed, nodes), now)),
  };
}

function entryOf(
  name: string,
  { committed, unknown }: ObservedPool,
  node: NonNullable<ObservedPool['node']>,
  before: NodeEntry | undefined,
): NodeEntry {
  if (!node.ready) {
    return { name, ready: false, message: node.message, ...(node.path !== undefined && { path: node.path }) };
  }
  return {
    name,
    ready: true,
    path: node.path,
    capacity: formatSize(node.capacity),
    available: steady(before?.available, node.available, node.capacity),
    committed: formatSize(committed),
    ...(unknown.length > 0 && {
      unknownVolumeCount: unknown.length,
      unknownVolumes: unknown.slice(0, SHOWN_VOLUMES).map(volumeEntry),
    }),
  };
}

const volumeEntry = ({ file, format, virtualSize, formerly }: FoundVolume) => ({
  file,
  format,
  size: formatSize(virtualSize),
  ...(formerly !== undefined && { formerly }),
});

/** Space left changes with every write of a guest: a difference below a hundredth of the whole is not news. */
function steady(before: string | undefined, available: bigint, capacity: bigint): string {
  if (before === undefined) return formatSize(available);
  const moved = parseSize(before) - available;
  return (moved < 0n ? -moved : moved) * 100n < capacity ? before : formatSize(available);
}

function judge(pool: VirtualMachineStoragePool, { node, users }: ObservedPool, nodes: readonly NodeEntry[]): Verdict {
  if (isDeleting(pool) && users.length > 0) return no('InUse', inUse(users));
  if (node && !node.ready) return no(node.reason, node.message);
  const other = nodes.find(({ ready }) => !ready);
  if (other) return no('NodesNotReady', `on the node ${other.name}: ${other.message ?? 'not ready'}`);
  if (nodes.length === 0) return no('NoNode', 'no node of spec.nodeNames has reported yet');
  return yes('Ready', 'volumes can be made in the pool');
}

function inUse(users: readonly string[]): string {
  const shown = users.slice(0, SHOWN_USERS).join(', ');
  const more = users.length > SHOWN_USERS ? ` and ${users.length - SHOWN_USERS} more` : '';
  return `the pool is used by ${shown}${more}: delete them, and the pool goes`;
}
