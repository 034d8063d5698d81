import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { kubectl, send } from './answer.ts';
import { readCrds } from './crds.ts';
import { asEdited, type Person, personal } from './install/people.ts';
import { machine } from './scenarios/objects.ts';
import { type Cluster, startCluster } from './servers.ts';

const missing = missingServers(['kube-controller-manager']);
if (missing) console.warn(`skipped: yamls/ on a real control plane: ${missing}`);

const YAMLS = join(import.meta.dirname, '../../yamls');
/** kubectl keeps what it applied in an annotation, and all annotations of an object have this much room. */
const ANNOTATIONS = 256 * 1024;

describe.skipIf(missing)('kubectl apply -f yamls/', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ policies: true, controllerManager: true });
  });
  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  /** The client's own validation knows what 1.20 says that a CRD is. */
  const apply = () => kubectl(cluster.kubeconfig, ['apply', '--validate=false', '-f', YAMLS]);
  const lines = ({ body }: { body: unknown }) => (body as { stdout: string }).stdout.trim().split('\n');

  it('installs everything', async () => {
    const answer = await apply();
    expect(answer).toMatchObject({ status: 0, body: { stderr: '' } });
    expect(lines(answer).filter((line) => !line.endsWith(' created'))).toEqual([]);
    expect(lines(answer).length).toBeGreaterThan(30);
  });

  /** All that was applied, but for what servers write of themselves: secrets are an account's tokens, made after it. */
  const installed = async () => {
    const { body } = await kubectl(cluster.kubeconfig, ['get', '-f', YAMLS, '-o', 'json']);
    const { items } = (body as { stdout: { items: { metadata: object; status?: object; secrets?: object }[] } }).stdout;
    return items.map(({ status: _, secrets: __, metadata, ...rest }) => ({
      ...rest,
      metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined },
    }));
  };

  it('changes nothing when it is done again', async () => {
    const before = await installed();
    expect(before.length).toBeGreaterThan(30);
    const answer = await apply();
    expect(answer).toMatchObject({ status: 0, body: { stderr: '' } });
    // Of those with selectable fields kubectl says so where the core is as old as here; they are as they were all the same.
    const told = readCrds().filter((crd) => JSON.stringify(crd).includes('selectableFields'));
    const expected = told.map(
      ({ metadata }) => `customresourcedefinition.apiextensions.k8s.io/${metadata.name} configured`,
    );
    expect(lines(answer).filter((line) => !line.endsWith(' unchanged'))).toEqual(expected);
    expect(await installed()).toEqual(before);
  });

  it('has room for every CRD in the annotation of kubectl', () => {
    for (const crd of readCrds())
      expect(JSON.stringify(crd).length, crd.metadata.name).toBeLessThan(ANNOTATIONS - 2048);
  });

  describe('and then', () => {
    let viewer: Person;
    let editor: Person;
    const machines = '/apis/vmctl.dev/v1alpha1/namespaces/default/virtualmachines';
    beforeAll(async () => {
      await asEdited(cluster, 'edit');
      viewer = await personal(cluster, 'viewer', 'view');
      editor = await personal(cluster, 'editor', 'edit');
    });

    it('who may view looks at machines and changes none', async () => {
      expect((await viewer.send({ path: machines })).status).toBe(200);
      const refused = await viewer.send({ method: 'POST', path: machines, body: machine('web') });
      expect(refused).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
      expect(await viewer.may('get', 'virtualmachines/console', 'subresources.vmctl.dev')).toBe(false);
      expect(await viewer.may('get', 'virtualmachines/log', 'subresources.vmctl.dev')).toBe(false);
      expect(await viewer.may('get', 'virtualmachines/stats', 'subresources.vmctl.dev')).toBe(true);
    });

    it('who may edit makes machines and has their consoles, and no pool', async () => {
      expect((await editor.send({ method: 'POST', path: machines, body: machine('web') })).status).toBe(201);
      expect((await editor.send({ method: 'DELETE', path: `${machines}/web` })).status).toBe(200);
      for (const way of ['console', 'vnc', 'portforward', 'agent', 'log']) {
        expect(await editor.may('get', `virtualmachines/${way}`, 'subresources.vmctl.dev'), way).toBe(true);
      }
      expect(await editor.may('create', 'virtualmachinestoragepools', 'vmctl.dev')).toBe(false);
    });

    it('who administers a namespace may what its editors may', async () => {
      await asEdited(cluster, 'admin');
      const admin = await personal(cluster, 'admin', 'admin');
      expect(await admin.may('delete', 'virtualmachines', 'vmctl.dev')).toBe(true);
      expect(await admin.may('get', 'virtualmachines/console', 'subresources.vmctl.dev')).toBe(true);
      expect(await admin.may('create', 'virtualmachinestoragepools', 'vmctl.dev')).toBe(false);
    });

    it('nobody reaches into another namespace', async () => {
      const path = machines.replace('default', 'kube-system');
      expect((await editor.send({ method: 'POST', path, body: machine('web') })).status).toBe(403);
      expect((await send(cluster.crds, { path })).body).toMatchObject({ items: [] });
    });
  });
});
