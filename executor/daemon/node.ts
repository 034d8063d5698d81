import type { ApiClient } from '../../schemas/client/client.ts';
import { isAlreadyExists, isNotFound } from '../../schemas/client/errors.ts';
import { core, type ResourceType } from '../../schemas/client/paths.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { formatSize } from '../../schemas/types/size.ts';
import type { Log } from '../controller/types.ts';
import type { HostFacts } from '../host/index.ts';

const NODES = core('nodes', false);
const LEASES: ResourceType = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespaced: true };
const NAMESPACE = 'kube-node-lease';
const RENEW_MS = 30_000;
const LEASE_SECONDS = 120;
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

type Node = KubeObject & { status?: object };
type Lease = KubeObject & { spec: object };

/** This node as the API shows it. */
function nodeObject(name: string, facts: HostFacts, version: string, now: string): Node {
  const architecture = ARCHITECTURES[facts.architecture] ?? facts.architecture;
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture };
  const amounts = { cpu: String(facts.cpus), memory: formatSize(BigInt(facts.memoryBytes)) };
  const ready = { type: 'Ready', status: 'True', reason: 'ExecutorReady', message: 'vm-executor runs' };
  const info = {
    ...{ architecture, operatingSystem: 'linux', kernelVersion: facts.kernel, osImage: facts.operatingSystem },
    ...{ bootID: facts.bootId, machineID: '', systemUUID: '', kubeletVersion: version, kubeProxyVersion: '' },
    containerRuntimeVersion: `qemu://${facts.qemu?.version ?? 'none'}`,
  };
  const status = {
    capacity: amounts,
    allocatable: amounts,
    addresses: [{ type: 'Hostname', address: name }],
    nodeInfo: info,
    conditions: [{ ...ready, lastHeartbeatTime: now, lastTransitionTime: now }],
  };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, status };
}

/** Writes the node with what it has now, its status through the subresource. */
async function publishNode(client: ApiClient, node: Node): Promise<void> {
  const { name } = node.metadata;
  const current = await client.create<Node>(NODES, node).catch(async (error) => {
    if (isAlreadyExists(error)) return client.get<Node>(NODES, { name });
    throw error;
  });
  await client.replace<Node>(
    NODES,
    { ...current, status: { ...current.status, ...node.status } },
    { subresource: 'status' },
  );
}

async function renew(client: ApiClient, name: string): Promise<void> {
  const renewTime = new Date().toISOString().replace('Z', '000Z');
  const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
  try {
    await client.patch<Lease>(LEASES, { namespace: NAMESPACE, name }, { spec });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const metadata = { namespace: NAMESPACE, name };
    await client.create<Lease>(LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
  }
}

/** Shows this node in the API and says, by a lease, that it lives. @returns what ends it */
export async function announceNode(
  client: ApiClient,
  name: string,
  facts: HostFacts,
  version: string,
  log: Log,
): Promise<() => void> {
  await publishNode(client, nodeObject(name, facts, version, new Date().toISOString().replace(/\.\d+Z/, 'Z')));
  await renew(client, name);
  const beat = () => void renew(client, name).catch((error) => log.error('cannot renew the lease of this node', error));
  const timer = setInterval(beat, RENEW_MS);
  return () => clearInterval(timer);
}
