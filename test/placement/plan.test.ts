import { expect, test } from 'vitest';
import { narrow } from '../../executor/cluster/placement/affinity.ts';
import { type Observed, type PlacementAction, planPlacement } from '../../executor/cluster/placement/plan.ts';
import { type Pod, podName, reservationPod, resourcesOf, trimPod } from '../../executor/cluster/placement/pod.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { machine } from '../kinds/virtualmachine/scene.ts';

const FREE = { nodeName: undefined };
const on = (node: string) => ({ annotations: { 'vmctl.dev/reservation': node } });
const vm = (spec: object, metadata: object = {}, status?: VirtualMachine['status']): VirtualMachine => ({
  ...machine(spec, metadata),
  ...(status && { status }),
});
const pod = (nodeName?: string, more: { deleted?: boolean; status?: NonNullable<Pod['status']> } = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'vm-web', ...(more.deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  spec: { ...(nodeName !== undefined && { nodeName }) },
  ...(more.status && { status: more.status }),
});
const seen = (found?: Pod, more: Partial<Observed> = {}): Observed => ({
  pod: found,
  where: { ties: [] },
  isFenced: () => false,
  ...more,
});
const fenced = { isFenced: (name: string) => name === 'node' };
const off = { powerState: 'Stopped', nodeName: 'node', observedGeneration: 3 } as const;
const waiting = {
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
};
const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const saysOff = { type: 'report', reason: 'Stopped', message: 'a machine that is off needs no node' } as const;

const rows: readonly (readonly [string, VirtualMachine, Observed, PlacementAction[]])[] = [
  ['new', vm(FREE), seen(), [{ type: 'reserve' }]],
  ['new and not wanted', vm({ ...FREE, powerState: 'Stopped' }), seen(), [saysOff]],
  [
    'nothing fits',
    vm(FREE),
    seen(undefined, { where: { nodes: [], ties: ['the disk x (a)', 'the disk y (b)'] } }),
    [
      {
        type: 'report',
        reason: 'NoNodeFits',
        message: 'no node has all that the machine needs: the disk x (a); the disk y (b)',
      },
    ],
  ],
  [
    'not scheduled',
    vm(FREE),
    seen(pod(undefined, { status: waiting })),
    [{ type: 'report', reason: 'Unschedulable', message: '0/1 nodes' }],
  ],
  ['reserved a moment ago', vm(FREE), seen(pod(), { isNew: true }), [{ type: 'wait' }]],
  [
    'refused by the scheduler at once',
    vm(FREE),
    seen(pod(undefined, { status: waiting }), { isNew: true }),
    [{ type: 'report', reason: 'Unschedulable', message: '0/1 nodes' }],
  ],
  [
    'reserved, and no scheduler has looked',
    vm(FREE),
    seen(pod()),
    [{ type: 'report', reason: 'Pending', message: 'the scheduler has not looked at it yet' }],
  ],
  ['scheduled', vm(FREE), seen(pod('node')), [{ type: 'bind', nodeName: 'node' }]],
  ['the pod is deleted before it is bound', vm(FREE), seen(pod(undefined, { deleted: true })), [{ type: 'free-pod' }]],
  ['not wanted any more', vm({ ...FREE, powerState: 'Stopped' }), seen(pod('node')), [{ type: 'free-pod' }]],
  ['bound by a person', vm({}), seen(), []],
  ['bound by a person, with an old pod', vm({}), seen(pod('node')), [{ type: 'free-pod' }]],
  ['placed', vm({}, on('node')), seen(pod('node')), []],
  ['evicted by a drain', vm({}, on('node')), seen(pod('node', { deleted: true })), [{ type: 'evict' }]],
  ['ended by its kubelet', vm({}, on('node')), seen(pod('node', { status: { phase: 'Failed' } })), [{ type: 'evict' }]],
  [
    'leaves a node that has not said that it has it',
    vm(FREE, on('node')),
    seen(),
    [{ type: 'name-holder', nodeName: 'node' }],
  ],
  ['leaves its node', vm(FREE, on('node'), { nodeName: 'node' }), seen(pod('node', { deleted: true })), []],
  ['has left its node', vm(FREE), seen(pod('node', { deleted: true })), [{ type: 'free-pod' }]],
  ['its reservation is gone', vm({}, on('node')), seen(), [{ type: 'reserve', on: 'node' }]],
  ['stops', vm({ powerState: 'Stopped' }, on('node'), { ...off, powerState: 'Stopping' }), seen(pod('node')), []],
  [
    'stopped, by an older spec',
    vm({ powerState: 'Stopped' }, on('node'), { ...off, observedGeneration: 2 }),
    seen(pod('node')),
    [],
  ],
  ['stopped', vm({ powerState: 'Stopped' }, on('node'), off), seen(pod('node')), [{ type: 'give-back' }]],
  [
    'stopped, has given back',
    vm({ powerState: 'Stopped' }, on('Released'), off),
    seen(pod('node')),
    [{ type: 'free-pod' }],
  ],
  ['stopped, without a pod', vm({ powerState: 'Stopped' }, on('Released'), off), seen(), []],
  ['wanted again', vm({}, on('Released'), off), seen(), [{ type: 'reserve', preferred: 'node' }]],
  [
    'wanted again, placed where it was',
    vm({}, on('Released'), off),
    seen(pod('node')),
    [{ type: 'bind', nodeName: 'node' }],
  ],
  ['wanted again, placed elsewhere', vm({}, on('Released'), off), seen(pod('other')), [{ type: 'evict' }]],
  [
    'fenced',
    vm({}, on('node')),
    seen(pod('node'), fenced),
    [{ type: 'evict' }, { type: 'take-from', nodeName: 'node' }],
  ],
  [
    'fenced, bound by a person',
    vm({}, {}, { nodeName: 'node' }),
    seen(undefined, fenced),
    [{ type: 'take-from', nodeName: 'node' }],
  ],
  ['deleted, on its node', vm({}, { ...on('node'), ...deleting }), seen(pod('node')), []],
  ['deleted, of nobody', vm(FREE, deleting), seen(), [{ type: 'release' }]],
];

test.each(rows)('%s', (_, given, observed, expected) => {
  expect(planPlacement(given, observed)).toEqual(expected);
});

test('affinity is narrowed to each node beside each of its own terms', () => {
  const zone = { matchExpressions: [{ key: 'zone', operator: 'Exists' }] };
  const required = { nodeSelectorTerms: [zone] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required }, podAffinity: {} };
  const field = (node: string) => ({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] });
  expect(narrow(affinity, ['a', 'b'], 'b')).toEqual({
    podAffinity: {},
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { ...zone, ...field('a') },
          { ...zone, ...field('b') },
        ],
      },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: field('b') }],
    },
  });
  expect(narrow(undefined, undefined)).toBeUndefined();
  expect(narrow(affinity, undefined)).toBe(affinity);
});

test('a reservation asks for processors and memory, and for huge pages in place of memory', () => {
  const { spec } = machine({ cpu: { sockets: 2, cores: 2, threads: 2 }, memory: { size: '1Gi' } });
  expect(resourcesOf(spec)).toEqual({ requests: { cpu: '8', memory: '1Gi' } });
  const huge = machine({ cpu: { cores: 4, vcpus: 3 }, memory: { size: '1Gi', hugepages: { pageSize: '2Mi' } } });
  expect(resourcesOf(huge.spec)).toEqual({
    requests: { cpu: '3', 'hugepages-2Mi': '1Gi' },
    limits: { 'hugepages-2Mi': '1Gi' },
  });
});

test('a reservation has a name that a new machine of the same name does not have, however long', () => {
  const name = 'x'.repeat(253);
  const first = podName(machine({}, { name }));
  expect(first).toHaveLength(253);
  expect(first).not.toBe(podName(machine({}, { name, uid: 'another' })));
});

test('a lost reservation is made anew on the node itself, without the scheduler', () => {
  const given = vm({ nodeSelector: { disk: 'ssd' }, priorityClassName: 'high' }, on('node'));
  const { spec } = reservationPod(given, { where: { nodes: ['node'], ties: [] }, image: 'pause', on: 'node' }) as Pod;
  expect(spec).toMatchObject({ nodeName: 'node', priorityClassName: 'high' });
  expect(spec).not.toHaveProperty('nodeSelector');
  expect(spec).not.toHaveProperty('affinity');
});

test('of a reservation that others have written to, what is planned by is kept', () => {
  const scheduled = { type: 'PodScheduled', status: 'True' };
  const { metadata } = pod('node');
  const whole = {
    ...pod('node'),
    metadata: { ...metadata, uid: 'u', finalizers: ['f'], annotations: { cni: 'x'.repeat(1000) } },
    spec: { nodeName: 'node', containers: [{ name: 'pause' }], tolerations: [] },
    status: {
      ...{ phase: 'Running', startTime: '2026-01-01T00:00:00Z', podIP: '10.0.0.1' },
      containerStatuses: [{ name: 'pause', ready: true }],
      conditions: [scheduled, { type: 'Ready', status: 'True' }],
    },
  };
  expect(trimPod(whole)).toEqual({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, uid: 'u', finalizers: ['f'] } },
    spec: { nodeName: 'node' },
    status: {
      ...{ phase: 'Running', startTime: '2026-01-01T00:00:00Z' },
      ...{ containerStatuses: [{}], conditions: [scheduled] },
    },
  });
});
