import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../executor/controller/log.ts';
import { type Announcement, announceNode } from '../../executor/daemon/node.ts';
import { hostFacts } from '../../executor/host/index.ts';
import { createClient } from '../../schemas/client/client.ts';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { type Json, send } from './answer.ts';
import { type Cluster, startCluster } from './servers.ts';

const missing = missingServers();
if (missing) console.warn(`skipped: nodes on a real control plane: ${missing}`);

const NODES = '/api/v1/nodes';
const leases = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

/** As a kubelet registers it. */
const kubelets = {
  metadata: { name: 'with-kubelet', labels: { 'kubernetes.io/hostname': 'with-kubelet' } },
  status: {
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }],
  },
};

describe.skipIf(missing)('the Node of an executor on a cluster', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ crdServer: false });
    for (const name of ['vmctl-system', 'kube-node-lease']) await post('/api/v1/namespaces', { metadata: { name } });
  });
  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  const read = async (path: string) => (await send(cluster.core, { path })).body as Record<string, Json>;
  const post = (path: string, body: Json) => send(cluster.core, { method: 'POST', path, body });
  const announce = async (name: string) => {
    const facts = await hostFacts();
    const client = createClient(cluster.core.transport);
    const parts: Announcement = {
      client,
      name,
      facts,
      version: '1.2.3',
      standalone: false,
      leaseSeconds: 40,
      log: createLog(),
    };
    (await announceNode(parts)).close();
  };
  const holders = async (namespace: string) =>
    ((await read(leases(namespace)))['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

  it('stays the kubelet’s where there is one, but for a label and annotations', async () => {
    expect((await post(NODES, kubelets)).status).toBe(201);
    const before = await read(`${NODES}/with-kubelet`);
    await announce('with-kubelet');
    const after = await read(`${NODES}/with-kubelet`);
    expect({ spec: after['spec'], status: after['status'] }).toEqual({
      spec: before['spec'],
      status: before['status'],
    });
    expect(after['metadata']).toMatchObject({
      labels: { 'kubernetes.io/hostname': 'with-kubelet', 'vmctl.dev/executor': 'true' },
      annotations: { 'vmctl.dev/executor-version': '1.2.3' },
    });
    expect(await holders('vmctl-system')).toEqual(['with-kubelet']);
    expect(await holders('kube-node-lease')).toEqual([]);
  });

  it('is made where there is none, closed to pods that nobody would run, and kept up', async () => {
    for (let starts = 0; starts < 2; starts += 1) await announce('without-kubelet');
    const node = await read(`${NODES}/without-kubelet`);
    const { spec, status } = node as { spec: { taints: Json[] }; status: { capacity: Json; conditions: Json[] } };
    expect(status.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: 'ExecutorReady' }]);
    expect(status.capacity).toMatchObject({ pods: '1k' });
    expect(spec.taints).toContainEqual({ key: 'vmctl.dev/no-kubelet', effect: 'NoSchedule' });
    expect(await holders('kube-node-lease')).toEqual(['without-kubelet']);
    expect(await holders('vmctl-system')).toEqual(['with-kubelet', 'without-kubelet']);
  });
});
