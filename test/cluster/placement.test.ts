import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { core } from '../../schemas/client/paths.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import { missingServers } from '../../scripts/cluster/binaries.ts';
import { lead, type Plane, type RecordedEvent, startPlane, wait } from './placing.ts';

const missing = missingServers(['kube-controller-manager', 'kube-scheduler']);
if (missing) console.warn(`skipped: placement by the real scheduler: ${missing}`);

const ZONE = 'topology.kubernetes.io/zone';
const condition = ({ status }: VirtualMachine, type: string) => status?.conditions?.find((item) => item.type === type);
const small = (more: object = {}) => ({ memory: { size: '64Mi' }, ...more });

describe.skipIf(missing)('placement by the real scheduler', () => {
  let plane: Plane;
  let end: () => Promise<void>;
  const events: RecordedEvent[] = [];
  beforeAll(async () => {
    plane = await startPlane({ scheduler: true, controllerManager: true });
    await plane.node('a', { labels: { [ZONE]: 'east', disk: 'ssd' } });
    await plane.node('b', { labels: { [ZONE]: 'west' } });
    const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }];
    await plane.node('c', { labels: { [ZONE]: 'north' }, taints });
    end = await lead(plane, events);
  });
  afterAll(async () => {
    await end?.();
    await plane?.[Symbol.asyncDispose]();
  });

  const placed = async (name: string) => {
    const { spec } = await plane.until(name, (machine) => machine.spec.nodeName !== undefined);
    return spec.nodeName;
  };
  const waits = async (name: string, reason: string) => {
    const machine = await plane.until(name, (found) => condition(found, 'Scheduled')?.reason === reason);
    expect(machine.spec.nodeName).toBeUndefined();
    expect(machine.status?.powerState).toBe('Stopped');
    expect(condition(machine, 'Ready')).toMatchObject({ status: 'False', reason });
    return condition(machine, 'Scheduled')?.message;
  };
  const create = (name: string, spec: object, metadata: object = {}) =>
    plane.create('VirtualMachine', name, spec, metadata);

  it('reserves what the machine takes, in a pod that holds nothing of the guest', async () => {
    await create('web', small({ cpu: { cores: 2 }, memory: { size: '512Mi' } }), { labels: { app: 'web' } });
    await placed('web');
    const machine = await plane.until('web', ({ metadata }) => metadata.annotations?.['vmctl.dev/reservation']);
    const pod = (await plane.pod(machine)) as KubeObject;
    expect(pod).toMatchObject({
      metadata: {
        labels: { app: 'web', 'vmctl.dev/machine-uid': machine.metadata.uid },
        ownerReferences: [{ kind: 'VirtualMachine', name: 'web', uid: machine.metadata.uid, controller: true }],
        finalizers: ['vmctl.dev/executor'],
      },
      spec: {
        nodeName: machine.spec.nodeName,
        containers: [{ name: 'pause', resources: { requests: { cpu: '2', memory: '512Mi' } } }],
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 90,
      },
    });
    expect(machine.metadata).toMatchObject({
      annotations: { 'vmctl.dev/reservation': machine.spec.nodeName },
      finalizers: ['vmctl.dev/executor'],
    });
    await expect.poll(() => events, { timeout: 30_000 }).toContainEqual({ object: 'web', reason: 'Scheduled' });
  });

  it('leaves a machine alone that a person bound', async () => {
    await create('bound', small({ nodeName: 'b' }));
    await create('after', small());
    await placed('after');
    const machine = (await plane.machine('bound')) as VirtualMachine;
    expect(await plane.pod(machine)).toBeUndefined();
    expect(machine.metadata.annotations).toBeUndefined();
  });

  it.each([
    ['a node selector', { nodeSelector: { disk: 'ssd' } }, 'a'],
    [
      'a toleration beside a selector',
      { tolerations: [{ key: 'gpu', operator: 'Exists' }], nodeSelector: { [ZONE]: 'north' } },
      'c',
    ],
    [
      'node affinity',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: ['west'] }] }],
            },
          },
        },
      },
      'b',
    ],
  ])('obeys %s', async (what, spec, node) => {
    const name = what.replaceAll(' ', '-');
    await create(name, small(spec));
    expect(await placed(name)).toBe(node);
  });

  it('keeps machines apart by anti-affinity between them, and near each other by affinity', async () => {
    const term = (app: string) => [{ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' }];
    const required = (app: string) => ({ requiredDuringSchedulingIgnoredDuringExecution: term(app) });
    const apart = small({ affinity: { podAntiAffinity: required('db') } });
    for (const name of ['db-1', 'db-2']) await create(name, apart, { labels: { app: 'db' } });
    expect(new Set([await placed('db-1'), await placed('db-2')])).toEqual(new Set(['a', 'b']));
    await create('db-3', apart, { labels: { app: 'db' } });
    expect(await waits('db-3', 'Unschedulable')).toMatch(/anti-affinity/);
    await create('cache', small({ affinity: { podAffinity: required('beside-db-1') } }), {});
    expect(await waits('cache', 'Unschedulable')).toMatch(/pod affinity/);
    await plane.patch('VirtualMachine', 'db-3', { spec: { powerState: 'Stopped' } });
    const off = await plane.until('db-3', (machine) => condition(machine, 'Ready')?.status === 'True');
    await wait(
      () => plane.pod(off),
      (pod) => pod === undefined,
    );
  });

  it('spreads machines over zones', async () => {
    const constraint = { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule' };
    const spread = [{ ...constraint, labelSelector: { matchLabels: { app: 'spread' } } }];
    const spec = small({ topologySpreadConstraints: spread, tolerations: [{ key: 'gpu', operator: 'Exists' }] });
    const names = ['s-1', 's-2', 's-3', 's-4', 's-5', 's-6'];
    for (const name of names) await create(name, spec, { labels: { app: 'spread' } });
    const nodes = await Promise.all(names.map(placed));
    expect(nodes.sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
  });

  it('leaves an oversized machine pending, with the scheduler’s own reason, until it fits', async () => {
    await create('large', small({ cpu: { cores: 16 } }));
    expect(await waits('large', 'Unschedulable')).toMatch(/nodes are available: .*Insufficient cpu/);
    await plane.remove('VirtualMachine', 'large');
    await wait(
      () => plane.machine('large'),
      (machine) => machine === undefined,
    );
    const { items } = await plane.client.list(core('pods'), 'default');
    await wait(
      () => plane.client.list(core('pods'), 'default'),
      (pods) => !pods.items.some(({ metadata }) => metadata.name.startsWith('vm-large-')),
    );
    expect(items.length).toBeGreaterThan(0);
  });

  it('tells what a quota refuses, and asks again', async () => {
    const quotas = core('resourcequotas');
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { namespace: 'default', name: 'memory' } };
    await plane.client.create(quotas, { ...quota, spec: { hard: { 'requests.memory': '20Gi' } } } as KubeObject);
    type Quota = KubeObject & { status?: { hard?: object } };
    await wait(
      () => plane.client.get<Quota>(quotas, { namespace: 'default', name: 'memory' }),
      ({ status }) => status?.hard,
    );
    await create('greedy', small({ memory: { size: '30Gi' } }));
    expect(await waits('greedy', 'QuotaExceeded')).toMatch(/exceeded quota: memory/);
    await plane.client.delete(quotas, { namespace: 'default', name: 'memory' });
    await waits('greedy', 'Unschedulable');
  });

  it('goes where the disk is, and says so where nothing fits', async () => {
    for (const [pool, path] of [
      ['local', '/tmp/vmctl-test-local'],
      ['only-b', '/tmp/vmctl-test-b'],
    ] as const) {
      const spec = { dir: { path }, ...(pool === 'only-b' && { nodeNames: ['b'] }) };
      await plane.create('VirtualMachineStoragePool', pool, spec);
    }
    for (const [name, pool, nodeName] of [
      ['on-a', 'local', 'a'],
      ['on-b', 'only-b', undefined],
    ] as const) {
      await plane.create('VirtualMachineDisk', name, { pool, size: '1Mi' });
      if (nodeName) await writeNode(name, nodeName);
    }
    const disk = (name: string) => ({ name, disk: { name } });
    await create('tied', small({ disks: [disk('on-a')] }));
    expect(await placed('tied')).toBe('a');
    await create('tied-to-pool', small({ disks: [disk('on-b')] }));
    expect(await placed('tied-to-pool')).toBe('b');
    await create('torn', small({ disks: [disk('on-a'), disk('on-b')] }));
    expect(await waits('torn', 'NoNodeFits')).toMatch(/the disk on-a \(a\); the storage pool only-b \(b\)/);
  });

  const writeNode = (name: string, nodeName: string) =>
    plane.client.patch(
      { group: 'vmctl.dev', version: 'v1alpha1', plural: 'virtualmachinedisks', namespaced: true },
      { namespace: 'default', name, subresource: 'status' },
      { status: { nodeName } },
    );

  it('puts a reservation that went while nobody led back on the machine’s node', async () => {
    const machine = (await plane.machine('web')) as VirtualMachine;
    const pod = (await plane.pod(machine)) as KubeObject;
    const { namespace, name } = pod.metadata;
    await end();
    await plane.client.patch(core('pods'), { namespace, name }, { metadata: { finalizers: null } });
    await plane.client.delete(core('pods'), { namespace, name }, { gracePeriodSeconds: 0 });
    end = await lead(plane, events);
    const again = await wait(
      () => plane.pod(machine),
      (found) => found && found.metadata.uid !== pod.metadata.uid,
    );
    expect(again).toMatchObject({ spec: { nodeName: machine.spec.nodeName } });
    expect((await plane.machine('web'))?.spec.nodeName).toBe(machine.spec.nodeName);
  });
});
