import { describe, expect, it } from 'vitest';
import { planDrain } from '../../cli/node/drain.ts';
import { runScript, unitFile } from '../../cli/node/files.ts';
import { parseLogin } from '../../cli/node/host.ts';
import { type Observed, planNode, type Wanted } from '../../cli/node/plan.ts';
import { nodeRows, nodeTable } from '../../cli/node/table.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';

const DAY = 24 * 3600;
const NOW = 1_800_000_000;
const subject = 'system:serviceaccount:vmctl-system:executor-three';

const token = (claims: object): string =>
  ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'signature'].join('.');

const fresh = (more: object = {}): string =>
  token({
    iat: NOW - DAY,
    exp: NOW + 29 * DAY,
    sub: subject,
    'kubernetes.io': { serviceaccount: { uid: 'u1' } },
    ...more,
  });

const at = { directory: '/opt/vmctl', home: '/var/lib/vmctl' };
const wanted: Wanted = {
  release: '/opt/vmctl/releases/new',
  kubeconfig: '{}',
  ca: 'CA',
  run: runScript(at, 'three', []),
  service: unitFile(at),
  accountUid: 'u1',
  subject,
  now: NOW * 1000,
};
const same: Observed = {
  release: wanted.release,
  kubeconfig: wanted.kubeconfig,
  ca: wanted.ca,
  run: wanted.run,
  service: wanted.service,
  token: fresh(),
  running: `${wanted.release}/node_modules/node/bin/node`,
};
const empty: Observed = {
  release: undefined,
  kubeconfig: undefined,
  ca: undefined,
  run: undefined,
  service: undefined,
  token: undefined,
  running: undefined,
};

describe('the plan of a node', () => {
  it.each<[string, Partial<Observed>, Partial<Wanted>, string[]]>([
    ['is nothing for one that is as it should be', {}, {}, []],
    ['copies a new program and restarts', { release: '/opt/vmctl/releases/old' }, {}, ['program', 'restart']],
    ['restarts what runs an older program still', { running: '/opt/vmctl/releases/old/node' }, {}, ['restart']],
    [
      'brings a token in time, without a restart',
      { token: fresh({ iat: NOW - 20 * DAY, exp: NOW + 10 * DAY }) },
      {},
      ['credential'],
    ],
    ['brings a token for an account that was made anew', {}, { accountUid: 'u2' }, ['credential']],
    ['brings a token in place of another node’s', { token: fresh({ sub: `${subject}-b` }) }, {}, ['credential']],
    ['brings a token in place of what is none', { token: 'x.y.z' }, {}, ['credential']],
    ['makes the account that somebody has deleted', {}, { accountUid: undefined }, ['account', 'credential']],
    ['starts what does not run', { running: undefined }, {}, ['start']],
    ['installs a unit that differs', { service: 'old' }, {}, ['service', 'restart']],
    ['writes a configuration that differs', { kubeconfig: 'old' }, {}, ['config', 'restart']],
  ])('%s', (_title, seen, want, steps) => {
    expect(planNode({ ...same, ...seen }, { ...wanted, ...want })).toEqual(steps);
  });

  it('takes every step on a new host, and no restart', () => {
    const steps = ['account', 'program', 'config', 'credential', 'service', 'start'];
    expect(planNode(empty, { ...wanted, accountUid: undefined })).toEqual(steps);
    expect(planNode(empty, { ...wanted, service: undefined })).not.toContain('service');
  });
});

describe('the files of a node', () => {
  it('quote what a person gave, and let guests outlive the unit', () => {
    expect(runScript(at, 'three', ["--qemu-user=a'b c"])).toContain(
      `--node-name three --home /var/lib/vmctl '--qemu-user=a'\\''b c'`,
    );
    expect(unitFile(at)).toMatch(/^ExecStart=\/opt\/vmctl\/run$/m);
    expect(unitFile(at)).toMatch(/^KillMode=process$/m);
  });
});

describe('a host to log in to', () => {
  it.each([
    ['root@node-3', { user: 'root', host: 'node-3', port: 22 }],
    ['node-3:2222', { user: 'root', host: 'node-3', port: 2222 }],
    ['admin@[fd00::3]:22', { user: 'admin', host: 'fd00::3', port: 22 }],
  ])('%s', (text, login) => expect(parseLogin(text, undefined)).toMatchObject(login));
  it.each(['', '-oProxyCommand=x', 'a b', 'root@', 'host:x'])('not %j', (text) => {
    expect(() => parseLogin(text, undefined)).toThrow('is no host');
  });
});

const machine = (name: string, spec: object, more: object = {}): VirtualMachine =>
  ({
    apiVersion: 'vmctl.dev/v1alpha1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'a', ...more },
    spec,
  }) as VirtualMachine;

describe('a drain', () => {
  const placed = { annotations: { 'vmctl.dev/reservation': 'one' } };
  const options = { token: 't', stopAll: false };
  it('places anew what the scheduler has placed, and stops what a person has bound', () => {
    const machines = [
      machine('placed', { nodeName: 'one', powerState: 'Running' }, placed),
      machine('leaving', { powerState: 'Running' }, placed),
      machine('bound', { nodeName: 'one', powerState: 'Paused' }),
      machine('off', { nodeName: 'one', powerState: 'Stopped' }),
    ];
    const plan = planDrain(machines, 'one', options).map(({ machine: { metadata }, how, spec }) => [
      metadata.name,
      how,
      spec,
    ]);
    expect(plan).toEqual([
      ['placed', 'move', { nodeName: null, requests: { evict: 't' } }],
      ['leaving', 'move', undefined],
      ['bound', 'stop', { powerState: 'Stopped' }],
      ['off', 'stop', undefined],
    ]);
  });
  it('stops all of them where that is asked for', () => {
    const machines = [machine('placed', { nodeName: 'one', powerState: 'Running' }, placed)];
    expect(planDrain(machines, 'one', { ...options, stopAll: true })).toMatchObject([
      { how: 'stop', spec: { powerState: 'Stopped' } },
    ]);
  });
});

describe('the table of nodes', () => {
  const node = (name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { 'vmctl.dev/executor-version': '1.2.3' } },
    status: {
      allocatable: { cpu: '3500m', memory: '8Gi' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
    ...more,
  });
  const lease = (name: string, renewTime: string) => ({
    ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name } },
    spec: { renewTime, leaseDurationSeconds: 40 },
  });
  it('counts what runs, and believes no executor that is silent', () => {
    const rows = nodeRows({
      nodes: [node('two', { spec: { unschedulable: true } }), node('one')],
      leases: [lease('one', '2026-01-01T00:00:00Z'), lease('two', '2025-12-31T23:00:00Z')],
      machines: [
        {
          ...machine('a', { nodeName: 'one', cpu: { sockets: 1, cores: 2, threads: 2 }, memory: { size: '1Gi' } }),
          status: { powerState: 'Running' },
        },
        { ...machine('b', { nodeName: 'one', memory: { size: '2Gi' } }), status: { powerState: 'Stopped' } },
      ] as VirtualMachine[],
      pods: [
        {
          ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'r' } },
          spec: { nodeName: 'one', containers: [{ resources: { requests: { cpu: '4', memory: '1100Mi' } } }] },
        },
      ],
      now: Date.parse('2026-01-01T00:00:30Z'),
    });
    expect(nodeTable(rows).slice(1)).toEqual([
      ['one', 'True', '1.2.3', '1/2', '4/3.5', '1 GiB/8 GiB', '4, 1 GiB', 'no'],
      ['two', 'Unknown', '1.2.3', '0/0', '0/3.5', '0 B/8 GiB', '0, 0 B', 'yes'],
    ]);
  });
});
