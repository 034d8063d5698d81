import { createHash } from 'node:crypto';
import { FINALIZER } from '../../../schemas/kinds/define.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../../schemas/types/object.ts';
import { EXECUTOR_LABEL, NO_KUBELET } from '../../daemon/node-object.ts';
import { type Affinity, narrow } from './affinity.ts';
import type { Where } from './where.ts';

/** On every reservation; its value is the machine's uid. */
export const RESERVATION_LABEL = 'vmctl.dev/machine-uid';

export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** core/v1 Pod, as far as it is looked at here. */
export interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly startTime?: string;
    readonly containerStatuses?: readonly object[];
    readonly conditions?: readonly PodCondition[];
  };
}

/** What is looked at of a reservation: the rest is known, or nobody's, and there are as many as machines. */
export function trimPod({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { nodeName } = spec;
  const { phase, startTime, containerStatuses, conditions } = status ?? {};
  const { annotations: _, ...kept } = metadata;
  return {
    ...{ apiVersion, kind, metadata: kept, spec: nodeName === undefined ? {} : { nodeName } },
    status: {
      ...(phase !== undefined && { phase }),
      ...(startTime !== undefined && { startTime }),
      ...(containerStatuses && { containerStatuses: containerStatuses.map(() => ({})) }),
      ...(conditions && { conditions: conditions.filter(({ type }) => type === 'PodScheduled') }),
    },
  };
}

const NAME_CHARACTERS = 239;
const DIGEST_CHARACTERS = 10;
/** What the guest may take to stop, and a little for us. */
const GRACE_SECONDS = 30;
const STOP_SECONDS = 60;
const NOBODY = 65_534;

/** One name per machine, a new one for a new machine of its name. */
export function podName({ metadata }: Pick<VirtualMachine, 'metadata'>): string {
  const digest = createHash('sha256')
    .update(metadata.uid ?? '')
    .digest('hex')
    .slice(0, DIGEST_CHARACTERS);
  return `vm-${metadata.name.slice(0, NAME_CHARACTERS)}-${digest}`;
}

/** What a machine takes of its node. Pages of their own are counted apart from other memory, and never more than asked for. */
export function resourcesOf({ cpu, memory }: VirtualMachine['spec']): object {
  const { sockets = 1, dies = 1, clusters = 1, cores = 1, threads = 1, vcpus } = cpu ?? {};
  const amount = { cpu: String(vcpus ?? sockets * dies * clusters * cores * threads) };
  const pages = memory.hugepages?.pageSize;
  if (pages === undefined || pages === '4Ki') return { requests: { ...amount, memory: String(memory.size) } };
  const huge = { [`hugepages-${pages}`]: String(memory.size) };
  return { requests: { ...amount, ...huge }, limits: huge };
}

/** A node that does not report keeps its machines until it is fenced: their reservations are not taken away before. */
const STAYING = [
  { key: NO_KUBELET.key, operator: 'Exists' },
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
];

export interface PodOptions {
  readonly where: Where;
  readonly image: string;
  /** The node where the machine was, to go back to if there is room. */
  readonly preferred?: string | undefined;
  /** The node where it runs already: a reservation that was lost is made anew there, without asking the scheduler. */
  readonly on?: string | undefined;
}

/** The pod that holds a machine's place for it. Nothing of the guest is in it. Pure. */
export function reservationPod(machine: VirtualMachine, { where, image, preferred, on }: PodOptions): KubeObject {
  const { metadata, spec } = machine;
  const affinity = on === undefined ? narrow(spec.affinity as Affinity | undefined, where.nodes, preferred) : undefined;
  const selector = on === undefined ? { nodeSelector: { ...spec.nodeSelector, [EXECUTOR_LABEL]: 'true' } } : {};
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: podMetadata(machine),
    spec: {
      ...selector,
      ...(affinity && { affinity }),
      ...(on !== undefined && { nodeName: on }),
      tolerations: [...(spec.tolerations ?? []), ...STAYING],
      ...(spec.topologySpreadConstraints && { topologySpreadConstraints: spec.topologySpreadConstraints }),
      ...(spec.priorityClassName !== undefined && { priorityClassName: spec.priorityClassName }),
      terminationGracePeriodSeconds: (spec.stop?.timeoutSeconds ?? STOP_SECONDS) + GRACE_SECONDS,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers: [{ name: 'pause', image, resources: resourcesOf(spec), securityContext: CONFINED }],
      securityContext: { runAsNonRoot: true, runAsUser: NOBODY, seccompProfile: { type: 'RuntimeDefault' } },
    },
  };
  return { ...pod, metadata: { ...pod.metadata, ...(metadata.namespace && { namespace: metadata.namespace }) } };
}

/** As Pod Security's `restricted` asks. */
const CONFINED = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };

/** Held until the machine is down, whoever deletes it. With the machine's own labels, affinity and spread count machines. */
function podMetadata({ apiVersion, kind, metadata }: VirtualMachine): KubeObject['metadata'] {
  const { name, uid = '', labels } = metadata;
  return {
    name: podName({ metadata }),
    labels: { ...labels, [RESERVATION_LABEL]: uid, 'app.kubernetes.io/managed-by': 'vmctl' },
    finalizers: [FINALIZER],
    ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
  };
}
