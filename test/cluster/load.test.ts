import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { send } from './answer.ts';
import { applyCrd, established, readCrds } from './crds.ts';
import { machine } from './scenarios/objects.ts';
import { type Cluster, startCluster } from './servers.ts';

const missing = missingServers();
if (missing) console.warn(`skipped: CRDs on a real API server: ${missing}`);

const crds = readCrds();

describe.skipIf(missing)('yamls/crds.yaml on a real API server', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  it.each(crds.map((crd) => [crd.metadata.name, crd] as const))(
    '%s is accepted without a warning',
    async (name, crd) => {
      const answer = await applyCrd(cluster.crds, crd);
      expect(answer).toMatchObject({ status: 201, warnings: [] });
      const conditions = await established(cluster.crds, name);
      expect(conditions['NamesAccepted']).toMatchObject({ status: 'True' });
      expect(conditions['NonStructuralSchema'], conditions['NonStructuralSchema']?.message).toBeUndefined();
    },
  );

  it.each(crds.map((crd) => [crd.metadata.name, crd] as const))('%s is unchanged by a second apply', async (_, crd) => {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;
    const before = await send(cluster.crds, { path });
    const answer = await applyCrd(cluster.crds, crd);
    expect(answer).toMatchObject({ status: 200, warnings: [] });
    expect(answer.body).toEqual(before.body);
  });

  it('machines are selected by the fields that the CRD names', async () => {
    const path = '/apis/vmctl.dev/v1alpha1/namespaces/default/virtualmachines';
    for (const [name, nodeName] of [
      ['one', 'a'],
      ['two', 'b'],
    ] as const) {
      const answer = await send(cluster.crds, { method: 'POST', path, body: machine(name, { nodeName }) });
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    }
    const { body } = await send(cluster.crds, { path: `${path}?fieldSelector=spec.nodeName%3Db` });
    expect((body as { items: { metadata: { name: string } }[] }).items.map((item) => item.metadata.name)).toEqual([
      'two',
    ]);
  });
});
