import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { type Json, send } from './answer.ts';
import { type ServerAccess, startCluster } from './servers.ts';

const missing = missingServers(['kube-controller-manager', 'kube-scheduler']);
if (missing) console.warn(`skipped: a whole control plane: ${missing}`);

const WAIT_MS = 100_000;
const PODS = '/api/v1/namespaces/default/pods';

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'one' },
  status: { capacity: { cpu: '4', memory: '8Gi', pods: '10' } },
};

/** No kubelet says that the node is ready. */
const pod = (name: string, cpu: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'pause', image: 'pause', resources: { requests: { cpu } } }],
  },
});

async function make(core: ServerAccess, path: string, body: object): Promise<void> {
  const answer = await send(core, { method: 'POST', path, body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
}

/** Asks until the body is as wanted; the last one when that takes too long. */
async function until(
  core: ServerAccess,
  path: string,
  isWanted: (body: Record<string, Json>) => boolean,
): Promise<Json> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const { body } = await send(core, { path });
    if (isWanted(body as Record<string, Json>) || performance.now() > end) return body;
    await delay(200);
  }
}

describe.skipIf(missing)('a whole control plane', () => {
  it('schedules what fits, says what does not, and leaves nothing behind', async () => {
    const cluster = await startCluster({ controllerManager: true, scheduler: true });
    try {
      const { core } = cluster;
      expect(cluster.processes.map(({ name }) => name)).toEqual([
        'etcd',
        'kube-apiserver',
        'apiextensions-apiserver',
        'kube-controller-manager',
        'kube-scheduler',
      ]);
      await make(core, '/api/v1/nodes', node);
      await make(core, PODS, pod('small', '1'));
      await make(core, PODS, pod('large', '16'));
      const small = await until(
        core,
        `${PODS}/small`,
        ({ spec }) => (spec as { nodeName?: string }).nodeName !== undefined,
      );
      expect(small).toMatchObject({ spec: { nodeName: 'one' } });
      // One that comes before the scheduler has heard of the node is told that there is none.
      const large = await until(core, `${PODS}/large`, ({ status }) =>
        JSON.stringify(status).includes('Insufficient cpu'),
      );
      expect(large).toMatchObject({
        status: {
          conditions: [
            { type: 'PodScheduled', reason: 'Unschedulable', message: expect.stringContaining('Insufficient cpu') },
          ],
        },
      });
    } finally {
      await cluster[Symbol.asyncDispose]();
    }
    expect(cluster.processes.filter((process) => process.isAlive())).toEqual([]);
  });
});
