import { expect, test } from 'vitest';
import type { Action } from '../../../executor/kinds/virtualmachine/actions.ts';
import { holderOf, type Placement } from '../../../executor/kinds/virtualmachine/holder.ts';
import type { Observed } from '../../../executor/kinds/virtualmachine/observed.ts';
import { plan } from '../../../executor/kinds/virtualmachine/plan.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { alive, gone, machine } from './scene.ts';

const HERE: Placement = { nodeName: 'node', standalone: false };
const LOST: Placement = { ...HERE, leaseLost: true };
/** Nothing tells that the lease is back. */
const ASKS = { type: 'wait', ms: 1000 } as const;
const NONE = { crashed: false, held: false };
const reserved = (on: string) => ({ annotations: { 'vmctl.dev/reservation': on } });
const holds = (node: string) => ({ annotations: { 'vmctl.dev/holder': node } });
const held = (nodeName: string, spec: object = {}, metadata: object = {}): VirtualMachine => ({
  ...machine(spec, metadata),
  status: { nodeName },
});

type Row = readonly [string, VirtualMachine, (vm: VirtualMachine) => Observed, Action[], Placement?];
type Full = readonly [string, VirtualMachine, (vm: VirtualMachine) => Observed, Action[], Placement];

const rows: readonly Row[] = [
  ['bound by a person, off: taken first', machine(), gone, [{ type: 'take' }]],
  [
    'bound by a person, taken with its finalizer',
    machine({}, holds('node')),
    gone,
    [{ type: 'launch', byPolicy: false }],
  ],
  ['bound by a person while another node has just taken it', machine({}, holds('other')), gone, []],
  ['bound by a person, taken', held('node'), gone, [{ type: 'launch', byPolicy: false }]],
  ['bound by a person, not wanted', machine({ powerState: 'Stopped' }), gone, []],
  ['placed here', machine({}, reserved('node')), gone, [{ type: 'launch', byPolicy: false }]],
  ['placed here, its reservation given back', held('node', {}, reserved('Released')), gone, []],
  ['runs, its reservation given back', held('node', {}, reserved('Released')), (vm) => alive(vm, 'running'), []],
  ['bound here while another has it', held('other'), gone, []],
  ['bound here while the reservation is elsewhere', machine({}, reserved('other')), gone, []],
  [
    'runs here while another has it: a fence has missed',
    held('other'),
    (vm) => alive(vm, 'running'),
    [{ type: 'halt', reason: 'NodeFenced', ...NONE }],
  ],
  [
    'taken off the node, runs',
    held('node', { nodeName: undefined, stop: { method: 'Guest', timeoutSeconds: 5 } }),
    (vm) => alive(vm, 'running'),
    [{ type: 'ask-to-stop', reason: 'Evicted', timeoutMs: 5000 }],
  ],
  ['taken off the node, off', held('node', { nodeName: undefined }), gone, [{ type: 'leave' }]],
  ['wanted elsewhere, off', held('node', { nodeName: 'other' }), gone, [{ type: 'leave' }]],
  [
    'taken off before it said that it has it',
    machine({ nodeName: undefined }, reserved('node')),
    gone,
    [{ type: 'leave' }],
  ],
  [
    'taken off, with a tap left',
    held('node', { nodeName: undefined }),
    (vm) => gone(vm, {}, { taps: ['vm0'] }),
    [{ type: 'free-taps', devices: ['vm0'] }, { type: 'leave' }],
  ],
  [
    'taken off and deleted',
    held('node', { nodeName: undefined }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    gone,
    [{ type: 'forget' }, { type: 'release' }],
  ],
  ['of nobody', machine({ nodeName: undefined }), gone, []],
  ['of another node', held('other', { nodeName: 'other' }), gone, []],
  ['without the lease, policy Continue', held('node'), (vm) => alive(vm, 'running'), [], LOST],
  [
    'without the lease, policy Stop',
    held('node', { leaseLostPolicy: 'Stop', stop: { method: 'Force', timeoutSeconds: 60 } }),
    (vm) => alive(vm, 'running'),
    [{ type: 'halt', reason: 'LeaseLost', ...NONE }, ASKS],
    LOST,
  ],
  ['without the lease, policy Stop, off', held('node', { leaseLostPolicy: 'Stop' }), gone, [ASKS], LOST],
  ['the lease is back', held('node', { leaseLostPolicy: 'Stop' }), gone, [{ type: 'launch', byPolicy: false }]],
];

const full = rows.map(([name, vm, seen, expected, placement = HERE]): Full => [name, vm, seen, expected, placement]);

test.each(full)('%s', (_, vm, seen, expected, placement) => {
  expect(plan(vm, seen(vm), placement)).toEqual(expected);
});

test('a node has a machine from its reservation on, until it has let go', () => {
  expect(holderOf(machine({}, reserved('node')))).toBe('node');
  expect(holderOf(machine({}, reserved('Released')))).toBeUndefined();
  expect(holderOf(held('other', {}, reserved('node')))).toBe('other');
  expect(holderOf(machine())).toBeUndefined();
});
