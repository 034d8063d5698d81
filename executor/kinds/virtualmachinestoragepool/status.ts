import type {
  VirtualMachineStoragePool,
  VirtualMachineStoragePoolStatus,
} from '../../../schemas/kinds/storage-pool.ts';
import { formatSize, parseSize } from '../../../schemas/types/size.ts';
import type { FoundVolume } from '../../storage/pool/index.ts';
import { makeCondition, no, type Verdict, withCondition, yes } from '../common/condition.ts';
import { jointVerdict, withEntry } from '../common/many-nodes.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedPool } from './observe.ts';

type NodeEntry = NonNullable<VirtualMachineStoragePoolStatus['nodes']>[number];

const SHOWN_USERS = 5;
/** A status has to stay small; the count beside the list tells all. */
const SHOWN_VOLUMES = 20;

/** Who says how a pool is, and when. */
export interface Speaker {
  readonly nodeName: string;
  /** RFC 3339 */
  readonly now: string;
  /** Whether numbers wait: other nodes have their turn. That a pool cannot be used any more is said at once. */
  readonly isWaiting?: boolean;
}

export function poolStatus(
  pool: VirtualMachineStoragePool,
  observed: ObservedPool,
  { nodeName, now, isWaiting = false }: Speaker,
): VirtualMachineStoragePoolStatus {
  const said = pool.status?.nodes ?? [];
  const before = said.find(({ name }) => name === nodeName);
  const fresh = observed.node && entryOf(nodeName, observed, observed.node, before);
  const isSame = before?.ready === fresh?.ready && before?.path === fresh?.path && fresh?.ready;
  const nodes = withEntry(said, nodeName, isWaiting && isSame ? before : fresh);
  const verdict = judge(pool, observed, nodes, nodeName);
  const generation = pool.metadata.generation;
  return {
    ...(generation !== undefined && { observedGeneration: generation }),
    nodes,
    conditions: withCondition(pool.status?.conditions, makeCondition(pool, 'Ready', verdict, now)),
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

function judge(
  pool: VirtualMachineStoragePool,
  { node, users }: ObservedPool,
  nodes: readonly NodeEntry[],
  nodeName: string,
): Verdict {
  if (isDeleting(pool) && users.length > 0) return no('InUse', inUse(users));
  if (nodes.length === 0 && !node) return no('NoNode', 'no node of spec.nodeNames has reported yet');
  const mine = node && !node.ready ? no(node.reason, node.message) : yes('Ready', 'volumes can be made in the pool');
  return jointVerdict(pool, nodes, nodeName, mine);
}

function inUse(users: readonly string[]): string {
  const shown = users.slice(0, SHOWN_USERS).join(', ');
  const more = users.length > SHOWN_USERS ? ` and ${users.length - SHOWN_USERS} more` : '';
  return `the pool is used by ${shown}${more}: delete them, and the pool goes`;
}
