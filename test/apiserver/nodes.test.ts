import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor } from './fixtures/kubectl.ts';
import { type TestServer, testServer } from './fixtures/server.ts';

let server: TestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  server = await testServer();
  kubectl = kubectlFor(server.dir);
  const node = {
    metadata: { name: 'n1', labels: { 'node-role.kubernetes.io/vm': '' } },
    status: {
      addresses: [{ type: 'InternalIP', address: '192.0.2.7' }],
      capacity: { cpu: '2', memory: '4Gi' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'Running', message: 'ready' }],
    },
  };
  expect((await server.ask('POST', '/api/v1/nodes', node)).code).toBe(201);
});
afterAll(() => server[Symbol.asyncDispose]());

test('a node is shown, described and marked as kubectl does on a cluster', async () => {
  expect(await kubectl.ok(['get', 'nodes', '-o', 'wide'])).toMatch(/^n1\s+Ready\s+vm\s.*192\.0\.2\.7/m);
  expect(await kubectl.ok(['describe', 'node', 'n1'])).toMatch(/^Non-terminated Pods:\s+\(0 in total\)$/m);
  await kubectl.ok(['cordon', 'n1']);
  expect(await kubectl.ok(['get', 'node', 'n1'])).toContain('Ready,SchedulingDisabled');
  await kubectl.ok(['uncordon', 'n1']);
  await kubectl.ok(['taint', 'node', 'n1', 'dedicated=vm:NoSchedule']);
  await kubectl.ok(['taint', 'node', 'n1', 'other=vm:NoSchedule']);
  const { body } = await server.ask('GET', '/api/v1/nodes/n1');
  expect(body.spec.taints.map((taint: { key: string }) => taint.key).sort()).toEqual(['dedicated', 'other']);
  expect(await kubectl.ok(['drain', 'n1'])).toContain('node/n1 drained');
});

test('there are no pods and no services, and none can be made', async () => {
  expect((await kubectl.run(['get', 'pods', '-A'])).stderr).toContain('No resources found');
  expect(await kubectl.ok(['cluster-info'])).toContain(server.url);
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  expect((await server.ask('POST', '/api/v1/namespaces/default/pods', pod)).code).toBe(405);
});

test('a lease is taken over only by who has seen its last version', async () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const renewTime = '2026-01-02T03:04:05.678900Z';
  const lease = { metadata: { name: 'n1' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 40, renewTime } };
  const { body } = await server.ask('POST', path, lease);
  expect(body.spec.renewTime).toBe(renewTime);
  expect((await server.ask('PUT', `${path}/n1`, { ...body, spec: { ...body.spec, holderIdentity: 'b' } })).code).toBe(
    200,
  );
  const late = await server.ask('PUT', `${path}/n1`, { ...body, spec: { ...body.spec, holderIdentity: 'c' } });
  expect([late.code, late.body.reason]).toEqual([409, 'Conflict']);
  expect(await kubectl.ok(['get', 'lease', '-n', 'kube-node-lease'])).toMatch(/^n1\s+b\s/m);
});
