import type { ApiClient } from '../../schemas/client/client.ts';
import { core, resourceOf } from '../../schemas/client/paths.ts';
import { type Kind, kindNames } from '../../schemas/kinds/names.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { createInformer, type Informer, type InformerOptions } from '../controller/informer.ts';
import { keyOf } from '../controller/keys.ts';
import type { Events, Log, ObjectOf, Store } from '../controller/types.ts';
import { LEASES, type Lease, SYSTEM_NAMESPACE } from '../daemon/node-lease.ts';
import { type ClusterNode, isOutOfService, NODES } from './fenced.ts';
import { LeaseWatch } from './lease-watch.ts';
import { type Pod, RESERVATION_LABEL, trimPod } from './placement/pod.ts';
import { PodIndex } from './placement/pod-index.ts';
import type { ClusterOptions } from './timing.ts';

export interface ViewOptions {
  readonly client: ApiClient;
  readonly events: Events;
  readonly log: Log;
  readonly options: ClusterOptions;
  /** Something of a machine changed. */
  readonly onMachine: (machine: VirtualMachine) => void;
  readonly onPod: (pod: Pod) => void;
  /** A disk, a pool, a node … changed, which may be what machines wait for. */
  readonly onOther: () => void;
}

/** The whole cluster as the leader of the controllers follows it; executors follow their own machines alone. */
export interface ClusterView extends Pick<ViewOptions, 'client' | 'events' | 'log' | 'options'> {
  readonly store: Store;
  readonly synced: Promise<unknown>;
  nodes(): ClusterNode[];
  pods(): Pod[];
  /** Reservations that name a machine as their owner, by `namespace/name`. */
  podsOf(owner: string): Pod[];
  pod(namespace: string | undefined, name: string): Pod | undefined;
  /** A machine as last heard of. */
  machine(machine: VirtualMachine): VirtualMachine | undefined;
  refresh(machine: VirtualMachine): void;
  /** Whether a node's lease ran out. */
  isLost(nodeName: string): boolean;
  /** Whether a node does not report, and somebody vouches for its being off. */
  isFenced(nodeName: string): boolean;
  close(): void;
}

const SECOND_MS = 1000;
/** Of these the leader has to know all; the others it does not look at. */
const KINDS = [
  'VirtualMachine',
  'VirtualMachineDisk',
  'VirtualMachineImage',
  'VirtualMachineNetwork',
  'VirtualMachineStoragePool',
] as const satisfies Kind[];

type Kinds = Record<Kind, Informer<KubeObject>>;

/** A copy of everything that placement looks at. */
interface Copies {
  readonly kinds: Kinds;
  readonly pods: Informer<Pod>;
  readonly owned: PodIndex;
  readonly nodes: Informer<ClusterNode>;
  readonly leases: LeaseWatch;
  readonly all: readonly Pick<Informer<KubeObject>, 'synced' | 'close'>[];
}

function copy(parts: ViewOptions): Copies {
  const { client, log, options } = parts;
  const follow = <T extends KubeObject>(more: Omit<InformerOptions<T>, 'client' | 'log'>): Informer<T> =>
    createInformer<T>({ client, log, ...more });
  const leases = new LeaseWatch(performance.now(), options.nodeLeaseSeconds * SECOND_MS);
  const kinds = Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      follow<KubeObject>({ type: resourceOf(kindNames[kind]), onChange: listener(kind, parts) }),
    ]),
  ) as Kinds;
  const owned = new PodIndex();
  const pods = follow<Pod>({
    type: core('pods'),
    labelSelector: RESERVATION_LABEL,
    trim: trimPod,
    onChange: (before, now) => {
      owned.note(before, now);
      parts.onPod((now ?? before) as Pod);
    },
  });
  const nodes = follow<ClusterNode>({ type: NODES, onChange: onNode(parts) });
  const lease = follow<Lease>({
    type: LEASES,
    namespace: SYSTEM_NAMESPACE,
    onChange: (before, now) => leases.hear((now ?? before)?.metadata.name ?? '', now, performance.now()),
  });
  return { kinds, pods, owned, nodes, leases, all: [...Object.values(kinds), pods, nodes, lease] };
}

export function followCluster(parts: ViewOptions): ClusterView {
  const { kinds, pods, owned, nodes, leases, all } = copy(parts);
  const store: Store = {
    get: (kind, key) => kinds[kind]?.cache.get(key) as ObjectOf<typeof kind> | undefined,
    list: (kind, namespace) => (kinds[kind]?.cache.list(namespace) ?? []) as ObjectOf<typeof kind>[],
  };
  const isLost = (name: string): boolean => leases.isLost(name, performance.now());
  return {
    ...{ client: parts.client, log: parts.log, options: parts.options, events: parts.events, store, isLost },
    synced: Promise.all(all.map(({ synced }) => synced)),
    nodes: () => nodes.cache.list(),
    pods: () => pods.cache.list(),
    podsOf: (owner) => owned.of(owner),
    pod: (namespace, name) => pods.cache.get(namespace === undefined ? { name } : { namespace, name }),
    machine: (machine) => store.get('VirtualMachine', keyOf(machine)),
    refresh: (machine) => kinds.VirtualMachine.cache.refresh(machine),
    isFenced: (name) => {
      const node = nodes.cache.get({ name });
      return node !== undefined && isOutOfService(node) && isLost(name);
    },
    close: () => {
      for (const informer of all) informer.close();
    },
  };
}

/** A node's heartbeats are nothing new. */
const onNode =
  ({ onOther }: ViewOptions) =>
  (before: ClusterNode | undefined, now: ClusterNode | undefined): void => {
    if ((before && isOutOfService(before)) !== (now && isOutOfService(now))) onOther();
  };

function listener(kind: (typeof KINDS)[number], { onMachine, onOther }: ViewOptions) {
  return (before: KubeObject | undefined, now: KubeObject | undefined): void => {
    if (kind === 'VirtualMachine') onMachine((now ?? before) as VirtualMachine);
    else onOther();
  };
}
