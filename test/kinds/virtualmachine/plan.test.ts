import { expect, test } from 'vitest';
import type { Action } from '../../../executor/kinds/virtualmachine/actions.ts';
import type { Observed } from '../../../executor/kinds/virtualmachine/observed.ts';
import { plan } from '../../../executor/kinds/virtualmachine/plan.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { alive, gone, launched, machine, NOW, PLACE } from './scene.ts';

const NONE = { crashed: false, held: false };
const deleting = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const problem = { reason: 'DiskMissing', message: 'the disk x is not there' };
const resources = { volumes: {}, networks: {}, diskProblems: [], networkProblems: [], networkView: {} };

type Row = readonly [string, VirtualMachine, (vm: VirtualMachine) => Observed, Action[]];

const rows: readonly Row[] = [
  // Placement
  ['a machine of another node', machine({ nodeName: 'other' }), (vm) => gone(vm), []],
  [
    'a new machine',
    machine({ nodeName: undefined }, { finalizers: [] }),
    (vm) => gone(vm),
    [{ type: 'adopt', bind: true }],
  ],
  [
    'a bound machine that is not held',
    machine({}, { finalizers: [] }),
    (vm) => gone(vm),
    [{ type: 'adopt', bind: false }],
  ],
  ['a machine that is let go', machine({}, { ...deleting, finalizers: ['other'] }), (vm) => gone(vm), []],

  // Off
  ['wanted, off', machine(), (vm) => gone(vm), [{ type: 'launch', byPolicy: false }]],
  ['wanted paused, off', machine({ powerState: 'Paused' }), (vm) => gone(vm), [{ type: 'launch', byPolicy: false }]],
  ['not wanted, off', machine({ powerState: 'Stopped' }), (vm) => gone(vm), []],
  [
    'not wanted, off after crashes',
    machine({ powerState: 'Stopped' }),
    (vm) => gone(vm, { failures: 2 }),
    [{ type: 'settle' }],
  ],
  ['deleted, off', machine({}, deleting), (vm) => gone(vm), [{ type: 'forget' }, { type: 'release' }]],
  ['a disk is missing', machine(), (vm) => gone(vm, {}, { resources: { ...resources, diskProblems: [problem] } }), []],
  [
    'a network is missing',
    machine(),
    (vm) => gone(vm, {}, { resources: { ...resources, networkProblems: [problem] } }),
    [],
  ],
  ['the spec is not valid', machine(), (vm) => gone(vm, {}, { invalid: 'no' }), []],
  ['the host cannot', machine(), (vm) => gone(vm, {}, { refusal: { reason: 'A', field: 'b', message: 'c' } }), []],
  ['backing off', machine(), (vm) => gone(vm, { notBefore: NOW + 700 }), [{ type: 'wait', ms: 700 }]],
  ['backed off', machine(), (vm) => gone(vm, { notBefore: NOW, again: true }), [{ type: 'launch', byPolicy: true }]],
  ['held by its policy', machine(), (vm) => gone(vm, { held: true }), []],
  [
    'held, and asked to restart',
    machine({ requests: { restart: 'b' } }),
    (vm) => gone(vm, { held: true, done: { restart: 'a' } }),
    [{ type: 'launch', byPolicy: false }],
  ],
  [
    'a request to a machine that is off',
    machine({ powerState: 'Stopped', requests: { restart: 'b', reset: 'c' } }),
    (vm) => gone(vm, { done: { restart: 'a' } }),
    [
      { type: 'acknowledge', request: 'restart', token: 'b' },
      { type: 'acknowledge', request: 'reset', token: 'c' },
    ],
  ],

  // Ended without us
  [
    'qemu is gone',
    machine(),
    (vm) => gone(vm, { launched: launched(vm) as never }),
    [{ type: 'note-stop', reason: 'QemuExited', crashed: true, held: false }],
  ],
  [
    'qemu is gone and is not to come back',
    machine({ restartPolicy: 'Never' }),
    (vm) => gone(vm, { launched: launched(vm) as never }),
    [{ type: 'note-stop', reason: 'QemuExited', crashed: true, held: true }],
  ],
  [
    'qemu is gone with the boot before',
    machine({ restartPolicy: 'Never' }),
    (vm) => gone(vm, { launched: launched(vm, { bootId: 'before' }) as never }),
    [{ type: 'note-stop', reason: 'HostRestarted', message: 'the host was restarted', ...NONE }],
  ],
  [
    'qemu is gone while it was stopped',
    machine({ powerState: 'Stopped' }),
    (vm) => gone(vm, { launched: launched(vm) as never, stopping: { reason: 'Requested', deadline: NOW } }),
    [{ type: 'note-stop', reason: 'Requested', ...NONE }],
  ],
  [
    'qemu is gone in the middle of a restart',
    machine({ requests: { restart: 'b' } }),
    (vm) => gone(vm, { launched: launched(vm) as never, doing: { restart: 'b' } }),
    [{ type: 'note-stop', reason: 'Requested', ...NONE }],
  ],
  [
    'the executor was killed before qemu answered',
    machine(),
    (vm) => gone(vm, { launched: launched(vm, { ready: false }) as never }),
    [{ type: 'drop-start' }],
  ],

  // Alive
  ['wanted, running', machine(), (vm) => alive(vm, 'running'), []],
  ['wanted, paused', machine(), (vm) => alive(vm, 'paused'), [{ type: 'continue' }]],
  ['wanted, not begun', machine(), (vm) => alive(vm, 'prelaunch'), [{ type: 'continue' }]],
  ['wanted paused, running', machine({ powerState: 'Paused' }), (vm) => alive(vm, 'running'), [{ type: 'pause' }]],
  ['wanted paused, paused', machine({ powerState: 'Paused' }), (vm) => alive(vm, 'paused'), []],
  ['wanted paused, not begun', machine({ powerState: 'Paused' }), (vm) => alive(vm, 'prelaunch'), []],
  ['saving its memory', machine(), (vm) => alive(vm, 'save-vm'), []],
  [
    'silent',
    machine({ powerState: 'Stopped' }),
    (vm) => ({ ...gone(vm), process: { state: 'running', pid: 1, startTime: 1 }, silentMs: 900 }),
    [{ type: 'wait', ms: 900 }],
  ],
  [
    'stopped by a signal',
    machine({ powerState: 'Stopped', stop: { method: 'Force' } }),
    (vm) => ({ ...gone(vm), process: { state: 'unknown', pid: 1, startTime: 1, reason: 'T' }, silentMs: 99_000 }),
    [{ type: 'wait', ms: 30_000 }],
  ],

  // The guest's own end
  [
    'powered off',
    machine(),
    (vm) => alive(vm, 'shutdown'),
    [{ type: 'halt', reason: 'GuestShutdown', crashed: false, held: true }],
  ],
  [
    'powered off and to come back',
    machine({ restartPolicy: 'Always' }),
    (vm) => alive(vm, 'shutdown'),
    [{ type: 'halt', reason: 'GuestShutdown', crashed: false, held: false }],
  ],
  [
    'powered off as asked',
    machine({ powerState: 'Stopped' }),
    (vm) => alive(vm, 'shutdown', { stopping: { reason: 'Requested', deadline: NOW + 1 } }),
    [{ type: 'halt', reason: 'Requested', ...NONE }],
  ],
  [
    'panicked',
    machine({ restartPolicy: 'Never' }),
    (vm) => alive(vm, 'guest-panicked'),
    [{ type: 'halt', reason: 'GuestPanic', message: 'the guest reported a crash', crashed: true, held: true }],
  ],

  // Stop
  [
    'to be stopped',
    machine({ powerState: 'Stopped', stop: { timeoutSeconds: 9 } }),
    (vm) => alive(vm, 'running'),
    [{ type: 'ask-to-stop', reason: 'Requested', timeoutMs: 9000 }],
  ],
  [
    'to be stopped while paused',
    machine({ powerState: 'Stopped' }),
    (vm) => alive(vm, 'paused'),
    [{ type: 'continue' }, { type: 'ask-to-stop', reason: 'Requested', timeoutMs: 60_000 }],
  ],
  [
    'to be stopped by force',
    machine({ powerState: 'Stopped', stop: { method: 'Force' } }),
    (vm) => alive(vm, 'running'),
    [{ type: 'halt', reason: 'Requested', ...NONE }],
  ],
  [
    'to be stopped without ACPI',
    machine({ powerState: 'Stopped', machine: { features: { acpi: false } } }),
    (vm) => alive(vm, 'running'),
    [{ type: 'halt', reason: 'Requested', ...NONE }],
  ],
  [
    'asked a moment ago',
    machine({ powerState: 'Stopped' }),
    (vm) => alive(vm, 'running', { stopping: { reason: 'Requested', deadline: NOW + 4000 } }, { askedAt: NOW - 1000 }),
    [{ type: 'wait', ms: 4000 }],
  ],
  [
    'asked by an executor that is gone',
    machine({ powerState: 'Stopped' }),
    (vm) => alive(vm, 'running', { stopping: { reason: 'Requested', deadline: NOW + 4000 } }),
    [{ type: 'ask-again' }, { type: 'wait', ms: 4000 }],
  ],
  [
    'asked too long ago',
    machine({ powerState: 'Stopped' }),
    (vm) => alive(vm, 'running', { stopping: { reason: 'Requested', deadline: NOW } }, { askedAt: NOW }),
    [{ type: 'halt', reason: 'Requested', message: 'the guest did not shut down in time and was forced', ...NONE }],
  ],
  [
    'asked, and wanted again',
    machine(),
    (vm) => alive(vm, 'running', { stopping: { reason: 'Requested', deadline: NOW + 50 } }),
    [{ type: 'wait', ms: 50 }],
  ],
  [
    'asked, wanted again, and it did not listen',
    machine(),
    (vm) => alive(vm, 'running', { stopping: { reason: 'Requested', deadline: NOW } }),
    [{ type: 'cancel-stop' }],
  ],
  [
    'deleted while it runs',
    machine({ stop: { method: 'Force' } }, deleting),
    (vm) => alive(vm, 'running'),
    [{ type: 'halt', reason: 'Requested', ...NONE }],
  ],

  // Requests
  [
    'a new restart token',
    machine({ requests: { restart: 'b' } }),
    (vm) => alive(vm, 'running', { done: { restart: 'a' } }),
    [{ type: 'begin', request: 'restart', token: 'b' }],
  ],
  [
    'a restart under way',
    machine({ requests: { restart: 'b' }, stop: { method: 'Force' } }),
    (vm) => alive(vm, 'running', { doing: { restart: 'b' } }),
    [{ type: 'halt', reason: 'Requested', ...NONE }],
  ],
  [
    'an old restart token',
    machine({ requests: { restart: 'a' } }),
    (vm) => alive(vm, 'running', { done: { restart: 'a' } }),
    [],
  ],
  [
    'a new reset token',
    machine({ requests: { reset: 'b' } }),
    (vm) => alive(vm, 'running'),
    [{ type: 'begin', request: 'reset', token: 'b' }],
  ],
  [
    'a reset under way',
    machine({ requests: { reset: 'b' } }),
    (vm) => alive(vm, 'paused', { doing: { reset: 'b' } }),
    [{ type: 'reset' }],
  ],
  [
    'a reset that was made',
    machine({ requests: { reset: 'b' } }),
    (vm) => alive(vm, 'prelaunch', { doing: { reset: 'b' } }),
    [{ type: 'acknowledge', request: 'reset', token: 'b' }],
  ],
];

test.each(rows)('%s', (_, vm, seen, actions) => {
  expect(plan(vm, seen(vm), PLACE)).toEqual(actions);
});

test('disks of the machine’s own are made before it starts', () => {
  const vm = machine();
  const disk = { apiVersion: 'a', kind: 'VirtualMachineDisk', metadata: { name: 'web-root' }, spec: {} } as never;
  expect(plan(vm, gone(vm, {}, { missingDisks: [disk] }), PLACE)).toEqual([{ type: 'create-disk', disk }]);
});

test('on a cluster a machine without a node is nobody’s yet', () => {
  const vm = machine({ nodeName: undefined });
  expect(plan(vm, gone(vm), { nodeName: 'node', standalone: false })).toEqual([]);
});
