import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayLead } from '../../executor/cluster/join.ts';
import { readKubeconfig } from '../../executor/daemon/kubeconfig.ts';
import { createClient } from '../../schemas/client/client.ts';
import { createTransport } from '../../schemas/client/transport.ts';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { until } from '../e2e/until.ts';
import { type Answer, type Call, kubectl, send } from './answer.ts';
import { policiesHold } from './install/hold.ts';
import { type Person, personal } from './install/people.ts';
import { STAND_INS, standInPolicies, trustOnly } from './install/policies.ts';
import { disk, machine } from './scenarios/objects.ts';
import { type Cluster, startCluster } from './servers.ts';

// Only our own CRD server can be given policies where the core has none.
const missing = missingServers(['apiextensions-apiserver']);
if (missing) console.warn(`skipped: policies that hold executors to their nodes: ${missing}`);

const OURS = '/apis/vmctl.dev/v1alpha1';
const MACHINES = `${OURS}/namespaces/default/virtualmachines`;
const DISKS = `${OURS}/namespaces/default/virtualmachinedisks`;
const SNAPSHOTS = `${OURS}/namespaces/default/virtualmachinesnapshots`;
const IMAGES = `${OURS}/namespaces/default/virtualmachineimages`;
const NETWORKS = `${OURS}/virtualmachinenetworks`;
const NODES = `/apis/${STAND_INS}/v1/nodes`;
const LEASES = `/apis/${STAND_INS}/v1/namespaces/default/leases`;
const SECRETS = `/apis/${STAND_INS}/v1/namespaces/vmctl-system/secrets`;
const PODS = `/apis/${STAND_INS}/v1/namespaces/default/pods`;

const patch = (path: string, body: object): Call => ({
  ...{ method: 'PATCH', path, body, type: 'application/merge-patch+json' },
});
const owners = [{ apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachine', name: 'mine', uid: 'x' }];

const scheduled = {
  ...{ apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachineSnapshot' },
  metadata: { name: 'mine-2030', labels: { 'vmctl.dev/schedule-of': 'x' } },
  spec: { virtualMachine: { name: 'mine' } },
};

const unasked = { ...scheduled, metadata: { name: 'unasked' } };

const object = (kind: string, name: string, more: object = {}): object => ({
  ...{ apiVersion: `${STAND_INS}/v1`, kind, metadata: { name }, ...more },
});

const secret = (name: string, type = 'kubernetes.io/tls'): object => object('Secret', name, { type });

const image = (name: string): object => ({
  ...{ apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachineImage', metadata: { name } },
  spec: { source: { http: { url: 'https://example.com/a.qcow2' } }, pool: 'default' },
});

/** As live machines' places are held. */
const reservation = (name: string, spec: object = {}): object => ({
  ...object('Pod', name),
  metadata: { name, labels: { 'vmctl.dev/machine-uid': 'x' }, ownerReferences: owners },
  spec: {
    automountServiceAccountToken: false,
    containers: [{ name: 'pause', image: 'pause', securityContext: { allowPrivilegeEscalation: false } }],
    ...spec,
  },
});

describe.skipIf(missing)('an executor is held to its node', () => {
  let cluster: Cluster;
  let one: Person;
  let leader: Person;
  const admin = async (call: Call): Promise<Answer> => {
    const answer = await send(cluster.crds, call);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    return answer;
  };

  beforeAll(async () => {
    cluster = await startCluster({ kinds: true, policies: true });
    const files = ['00-namespace', 'rbac-node', 'admission'];
    const args = files.flatMap((name) => ['-f', join(import.meta.dirname, `../../yamls/${name}.yaml`)]);
    expect(await kubectl(cluster.kubeconfig, ['apply', '--validate=false', ...args])).toMatchObject({ status: 0 });
    await policiesHold(cluster);
    await standInPolicies(cluster);
    await trustOnly(cluster, 'leader');
    one = await personal(cluster, 'system:vmctl-node:one', undefined, 'vmctl:nodes');
    leader = await personal(cluster, 'system:vmctl-node:leader', undefined, 'vmctl:nodes');
    for (const [name, nodeName] of [
      ['mine', 'one'],
      ['theirs', 'two'],
    ] as const) {
      await admin({ method: 'POST', path: MACHINES, body: machine(name, { nodeName }) });
      await admin({ method: 'POST', path: DISKS, body: disk(name) });
      await admin(patch(`${DISKS}/${name}/status`, { status: { nodeName } }));
      for (const [path, kind] of [
        [NODES, 'Node'],
        [LEASES, 'Lease'],
      ] as const)
        await admin({ method: 'POST', path, body: object(kind, nodeName, { spec: { taints: [] } }) });
    }
    const annotations = { 'vmctl.dev/reservation': 'one' };
    await admin({ method: 'POST', path: MACHINES, body: machine('held', {}, { annotations }) });
    await admin({ method: 'POST', path: DISKS, body: disk('nowhere') });
    for (const name of ['nowhere', 'theirs']) await admin({ method: 'POST', path: IMAGES, body: image(name) });
    await admin(patch(`${IMAGES}/theirs/status`, { status: { nodeName: 'two' } }));
    await admin({ method: 'POST', path: DISKS, body: disk('shared', { size: '1Gi', pool: 'shared' }) });
    await admin(patch(`${DISKS}/shared/status`, { status: { nodeName: 'two' } }));
    for (const [name, dir] of [
      ['default', { path: '/pool' }],
      ['shared', { path: '/shared', shared: true }],
    ] as const) {
      const pool = {
        apiVersion: 'vmctl.dev/v1alpha1',
        kind: 'VirtualMachineStoragePool',
        metadata: { name },
        spec: { dir },
      };
      await admin({ method: 'POST', path: `${OURS}/virtualmachinestoragepools`, body: pool });
    }
    const network = { apiVersion: 'vmctl.dev/v1alpha1', kind: 'VirtualMachineNetwork', metadata: { name: 'lan' } };
    await admin({ method: 'POST', path: NETWORKS, body: { ...network, spec: { user: {} } } });
    await admin(patch(`${NETWORKS}/lan/status`, { status: { nodes: [{ name: 'two', ready: true }] } }));
    await admin({ method: 'POST', path: PODS, body: object('Pod', 'foreign') });
    // A policy holds from a moment on that nothing tells of.
    const tried = [`${MACHINES}/theirs`, `${DISKS}/theirs`, `${NODES}/two`].map((path) => patch(path, ANNOTATED));
    const other = { method: 'POST', path: `${SECRETS}?dryRun=All`, body: secret('x') };
    for (const call of [...tried, other, { method: 'DELETE', path: `${PODS}/foreign?dryRun=All` }]) {
      let said: Answer | undefined;
      const isRefused = async () => {
        said = await one.send(call);
        return said.status === 422;
      };
      const what = () => `${call.path} to be refused; it was ${JSON.stringify(said)}`;
      await until(isRefused, { limitMs: 60_000, what });
    }
  });
  afterAll(async () => cluster?.[Symbol.asyncDispose]());

  const ANNOTATED = { metadata: { annotations: { 'example.com/tried': 'true' } } };
  const EVICTED = { spec: { nodeName: null, requests: { evict: 'token' } } };
  const mine = (nodes: object[]) => patch(`${NETWORKS}/lan/status`, { status: { nodes } });
  const two = { name: 'two', ready: true };
  const ours = { metadata: { labels: { 'vmctl.dev/executor': 'true' } } };
  const own = { ownerReferences: owners };

  it.each<readonly [string, Call]>([
    ['its machine’s status', patch(`${MACHINES}/mine/status`, { status: { nodeName: 'one' } })],
    ['its machine’s finalizers', patch(`${MACHINES}/mine`, { metadata: { finalizers: ['vmctl.dev/host'] } })],
    ['its machine’s power', patch(`${MACHINES}/mine`, { spec: { powerState: 'Stopped' } })],
    ['a machine that was taken off it before it began', patch(`${MACHINES}/held`, { metadata: { finalizers: null } })],
    ['its disk', patch(`${DISKS}/mine/status`, { status: { message: 'x' } })],
    ['a disk on no node yet', patch(`${DISKS}/nowhere/status`, { status: { nodeName: 'one' } })],
    ['a disk of a pool that nodes share', patch(`${DISKS}/shared/status`, { status: { nodeName: 'one' } })],
    ['a disk of its machine', { method: 'POST', path: DISKS, body: disk('own', { size: '1Gi' }, own) }],
    ['a snapshot of a schedule', { method: 'POST', path: SNAPSHOTS, body: scheduled }],
    ['its entry of a network', mine([two, { name: 'one', ready: false }])],
    ['an image on no node yet', patch(`${IMAGES}/nowhere/status`, { status: { nodeName: 'one' } })],
    ['the authority that executors share', { method: 'POST', path: SECRETS, body: secret('vmctl-api-ca') }],
    ['the labels of its Node that are ours', patch(`${NODES}/one`, ours)],
    ['its lease', patch(`${LEASES}/one`, { spec: { holderIdentity: 'one' } })],
  ])('may write %s', async (_, call) => {
    const { status, body } = await one.send(call);
    expect(status, JSON.stringify(body)).toBeLessThan(300);
  });

  it.each<readonly [string, Call, string]>([
    ['another node’s machine', patch(`${MACHINES}/theirs/status`, { status: { message: 'x' } }), 'not on the node one'],
    ['its spec', patch(`${MACHINES}/theirs`, { spec: { powerState: 'Stopped' } }), 'not on the node one'],
    ['its own onto another node', patch(`${MACHINES}/mine`, { spec: { nodeName: 'two' } }), 'binds no machine'],
    ['another node’s disk', patch(`${DISKS}/theirs/status`, { status: { nodeName: 'one' } }), 'not on the node one'],
    ['the size of its disk', patch(`${DISKS}/mine`, { spec: { size: '9Gi' } }), 'spec of machines only'],
    ['another entry of a network', mine([{ ...two, ready: false }]), 'only one is its own'],
    ['a network’s spec', patch(`${NETWORKS}/lan`, { spec: { nodeNames: ['one'] } }), 'spec of machines only'],
    ['a disk of nobody’s', { method: 'POST', path: DISKS, body: disk('free') }, 'of machines only'],
    ['a snapshot of nobody’s', { method: 'POST', path: SNAPSHOTS, body: unasked }, 'of machines only'],
    ['another Node', patch(`${NODES}/two`, ours), 'not the node one'],
    ['taints', patch(`${NODES}/one`, { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } }), 'no taints'],
    ['a label that decides placement', patch(`${NODES}/one`, { metadata: { labels: { zone: 'x' } } }), 'in vmctl.dev/'],
    ['another’s lease', patch(`${LEASES}/two`, ANNOTATED), 'not the node one'],
    [
      'a pod',
      { method: 'POST', path: PODS, body: object('Pod', 'any', { spec: { containers: [{}] } }) },
      'reservations',
    ],
    ['another node’s image', patch(`${IMAGES}/theirs/status`, { status: { nodeName: 'one' } }), 'not on the node one'],
    ['another Secret', { method: 'POST', path: SECRETS, body: secret('x') }, 'and no other'],
    [
      'a token of another’s account',
      { method: 'POST', path: SECRETS, body: secret('vmctl-api-ca', 'kubernetes.io/service-account-token') },
      'and no other',
    ],
    ['another Node’s birth', { method: 'POST', path: NODES, body: object('Node', 'three') }, 'not the node one'],
    ['a reservation', { method: 'POST', path: PODS, body: reservation('held') }, 'executor of one places no machines'],
    ['the place of another node’s machine', patch(`${MACHINES}/theirs`, EVICTED), 'not on the node one'],
    ['a foreign pod’s end', { method: 'DELETE', path: `${PODS}/foreign` }, 'not the reservation'],
  ])('may not write %s', async (_, call, words) => {
    const { status, body } = await one.send(call);
    expect({ status, words: (body as { message: string }).message }).toEqual({
      status: 422,
      words: expect.stringContaining(words),
    });
  });

  it.each<readonly [string, object]>([
    ['the host’s network', { hostNetwork: true }],
    ['volumes', { volumes: [{ name: 'root', hostPath: { path: '/' } }] }],
    ['an account', { automountServiceAccountToken: true }],
    [
      'a command',
      { containers: [{ name: 'x', command: ['sh'], securityContext: { allowPrivilegeEscalation: false } }] },
    ],
    ['privileges', { containers: [{ name: 'x', securityContext: { privileged: true } }] }],
  ])('makes no reservation with %s, elected or not', async (_, spec) => {
    for (const person of [one, leader]) {
      const answer = await person.send({ method: 'POST', path: PODS, body: reservation('odd', spec) });
      expect(answer).toMatchObject({ status: 422, body: { message: expect.stringContaining('nothing of its own') } });
    }
  });

  it('is held to it where it is trusted with placing machines too, in all but that', async () => {
    const refusals: [Call, string][] = [
      [patch(`${MACHINES}/theirs`, { spec: { powerState: 'Stopped' } }), 'not on the node leader'],
      [
        patch(`${MACHINES}/theirs`, { spec: { nodeName: null, requests: { evict: 'x' }, memory: { size: '1Gi' } } }),
        'not on the node leader',
      ],
      [patch(`${DISKS}/theirs/status`, { status: { nodeName: 'leader' } }), 'not on the node leader'],
      [mine([{ ...two, ready: false }]), 'only leader is its own'],
      [patch(`${NODES}/two`, { spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } }), 'no taints'],
      [patch(`${NODES}/two`, { metadata: { labels: { zone: 'x' } } }), 'in vmctl.dev/'],
      [patch(`${LEASES}/two`, ANNOTATED), 'not the node leader'],
    ];
    for (const [call, words] of refusals) {
      const { status, body } = await leader.send(call);
      expect({ status, said: (body as { message: string }).message }, call.path).toEqual({
        ...{ status: 422, said: expect.stringContaining(words) },
      });
    }
    const lost = { metadata: { labels: { 'vmctl.dev/executor': 'lost' } } };
    for (const call of [
      patch(`${NODES}/two`, lost),
      patch(`${MACHINES}/theirs/status`, { status: { powerState: 'Unknown' } }),
      patch(`${MACHINES}/theirs`, EVICTED),
    ]) {
      const { status, body } = await leader.send(call);
      expect(status, `${call.path}: ${JSON.stringify(body)}`).toBe(200);
    }
    const elected = `${LEASES.replace('default', 'vmctl-system')}/vmctl-controllers`;
    await admin({ method: 'POST', path: elected.replace(/\/[^/]+$/, ''), body: object('Lease', 'vmctl-controllers') });
    expect((await leader.send(patch(elected, { spec: { holderIdentity: 'leader_x' } }))).status).toBe(200);
    expect((await one.send(patch(elected, { spec: { holderIdentity: 'one_x' } }))).status).toBe(422);
  });

  it('stands for election only where it is trusted with that', async () => {
    const asks = async (node: string) => {
      const transport = createTransport(
        await readKubeconfig(cluster.identity(`system:vmctl-node:${node}`, 'vmctl:nodes')),
      );
      const may = await mayLead(createClient(transport), node);
      transport.close();
      return may;
    };
    expect([await asks('leader'), await asks('one')]).toEqual([true, false]);
  });

  it('places machines where it is trusted with that', async () => {
    expect((await leader.send({ method: 'POST', path: PODS, body: reservation('held') })).status).toBe(201);
    expect((await leader.send({ method: 'DELETE', path: `${PODS}/held` })).status).toBe(200);
    await admin({ method: 'POST', path: MACHINES, body: machine('new') });
    expect((await leader.send(patch(`${MACHINES}/new`, { spec: { nodeName: 'two' } }))).status).toBe(200);
    expect((await one.send({ method: 'DELETE', path: `${MACHINES}/new` })).status).toBe(403);
  });

  it('has no rights where it names no node', async () => {
    const nobody = await personal(cluster, 'system:vmctl-nodes', undefined, 'vmctl:nodes');
    const { status, body } = await nobody.send(patch(`${MACHINES}/mine/status`, { status: { message: 'x' } }));
    expect({ status, body }).toMatchObject({ status: 422, body: { message: expect.stringContaining('no node') } });
  });
});
