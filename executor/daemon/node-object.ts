import type { KubeObject } from '../../schemas/types/object.ts';
import { formatSize } from '../../schemas/types/size.ts';
import type { HostFacts } from '../host/index.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };
/** On a Node that an executor made, as no kubelet had: its status is then the executor's to write. */
const MADE_BY = 'vmctl.dev/made-by';
const MAKER = 'vm-executor';

/** A node that has an executor, for selectors of machines and of `kubectl get nodes -l`. */
export const EXECUTOR_LABEL = 'vmctl.dev/executor';

/** Keeps pods away from a node that has no kubelet to run them. Reservations of machines tolerate it. */
export const NO_KUBELET = { key: 'vmctl.dev/no-kubelet', effect: 'NoSchedule' } as const;

export type Node = KubeObject & { spec?: object; status?: object };

/** What of a Node is ours, whoever made it. */
export const nodeMarks = (facts: HostFacts, version: string): Pick<Node['metadata'], 'labels' | 'annotations'> => ({
  labels: { [EXECUTOR_LABEL]: 'true' },
  annotations: { 'vmctl.dev/executor-version': version, 'vmctl.dev/qemu-version': facts.qemu?.version ?? 'none' },
});

/** Whether an executor made this Node, and not a kubelet. */
export const isMadeByUs = ({ metadata }: Node): boolean => metadata.annotations?.[MADE_BY] === MAKER;

/** The Node of a host that no kubelet registers. Among others, it is tainted: no pod would run there. */
export function nodeObject(name: string, facts: HostFacts, version: string, isOnlyNode: boolean): Node {
  const architecture = ARCHITECTURES[facts.architecture] ?? facts.architecture;
  const { labels, annotations } = nodeMarks(facts, version);
  const wellKnown = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: { ...wellKnown, ...labels },
      annotations: { ...annotations, [MADE_BY]: MAKER },
    },
    ...(isOnlyNode ? {} : { spec: { taints: [NO_KUBELET] } }),
  };
}

/** What a kubelet would report. @param now RFC 3339, whole seconds */
export function nodeStatus(name: string, facts: HostFacts, version: string, now: string): object {
  const architecture = ARCHITECTURES[facts.architecture] ?? facts.architecture;
  const amounts = { cpu: String(facts.cpus), memory: formatSize(BigInt(facts.memoryBytes)), pods: MOST_PODS };
  const ready = { type: 'Ready', status: 'True', reason: 'ExecutorReady', message: 'vm-executor runs' };
  const nodeInfo = {
    ...{ architecture, operatingSystem: 'linux', kernelVersion: facts.kernel, osImage: facts.operatingSystem },
    ...{ bootID: facts.bootId, machineID: '', systemUUID: '', kubeletVersion: version, kubeProxyVersion: '' },
    containerRuntimeVersion: `qemu://${facts.qemu?.version ?? 'none'}`,
  };
  return {
    capacity: amounts,
    allocatable: amounts,
    addresses: [{ type: 'Hostname', address: name }],
    nodeInfo,
    conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
  };
}

/** Each reservation of a machine counts as a pod for the scheduler; a kubelet's 110 would be too few. */
const MOST_PODS = '1000';
