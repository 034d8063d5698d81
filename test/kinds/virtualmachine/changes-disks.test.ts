import { expect, test } from 'vitest';
import { changesOf } from '../../../executor/kinds/virtualmachine/changes.ts';
import { findings } from '../../../executor/kinds/virtualmachine/findings.ts';
import type { Observed } from '../../../executor/kinds/virtualmachine/observed.ts';
import { machineStatus } from '../../../executor/kinds/virtualmachine/status.ts';
import { volume } from '../../qemu/inputs.ts';
import { alive, launched, machine, NOW } from './scene.ts';

const DATA = { name: 'data', disk: { name: 'd' } };
const NODE = {
  nodeName: 'node',
  acceleration: undefined,
  unconfined: undefined,
  extraArguments: false,
  problem: undefined,
};

interface Scene {
  readonly before?: readonly object[];
  readonly after?: readonly object[];
  /** Ids of the devices that qemu has. */
  readonly devices?: readonly string[];
  readonly more?: Partial<Observed>;
  readonly volumes?: object;
  readonly had?: object;
}

function scene({ before = [], after = [], devices = [], more = {}, volumes = {}, had = {} }: Scene) {
  const vm = machine({ disks: after });
  const running = launched(machine({ disks: before }), { volumes: had as never });
  const resources = { volumes, networks: {}, diskProblems: [], networkProblems: [] };
  const seen = alive(vm, 'running', { launched: running as never }, { resources: resources as never, ...more });
  const qemu = { ...seen.qemu, devices } as NonNullable<Observed['qemu']>;
  return { vm, seen: { ...seen, qemu } };
}

const changes = (parts: Scene) => {
  const { vm, seen } = scene(parts);
  return changesOf(vm, seen);
};

const there = { data: volume('/pool/d.qcow2') };
const disk = expect.objectContaining({ name: 'data' });

test('a disk that comes is plugged in once its volume is there', () => {
  expect(changes({ after: [DATA] })).toEqual({ actions: [], needRestart: [] });
  expect(changes({ after: [DATA], volumes: there })).toEqual({
    actions: [{ type: 'plug-disk', disk }],
    needRestart: [],
  });
});

test('one that cannot be plugged in says why', () => {
  const more = { unpluggable: { data: 'no port is free' } };
  expect(changes({ after: [DATA], volumes: there, more })).toEqual({
    actions: [],
    needRestart: ['spec.disks[data] (no port is free)'],
  });
});

test('under another name it comes only after it has gone', () => {
  const before = [{ name: 'old', disk: { name: 'd' } }];
  const had = { old: volume('/pool/d.qcow2') };
  expect(changes({ before, after: [DATA], devices: ['disk-old'], had, volumes: there }).actions).toEqual([
    { type: 'release-disk', name: 'old' },
  ]);
});

test.each<[string, Scene, object]>([
  ['was not asked for yet', {}, { type: 'release-disk', name: 'data' }],
  ['was just asked for', { more: { releasing: { data: NOW - 1000 } } }, { type: 'wait', ms: 4000 }],
  ['is held back', { more: { releasing: { data: NOW - 10_000 } } }, { type: 'wait', ms: 20_000 }],
  ['is asked for again', { more: { releasing: { data: NOW - 30_000 } } }, { type: 'release-disk', name: 'data' }],
  ['was let go of', { devices: [] }, { type: 'free-disk', name: 'data' }],
])('a disk that goes and %s', (_, more, action) => {
  expect(changes({ before: [DATA], devices: ['disk-data'], ...more })).toEqual({ actions: [action], needRestart: [] });
});

test('a disk on a fixed bus goes with a restart', () => {
  const before = [{ ...DATA, bus: 'sata' }];
  expect(changes({ before, devices: ['disk-data'] }).needRestart).toEqual([
    'spec.disks[data] (a sata disk is fixed while the machine runs; virtio, scsi, usb and nvme disks are not)',
  ]);
});

test('a disk that the guest threw out by itself comes back', () => {
  expect(changes({ before: [DATA], after: [DATA] }).actions).toEqual([{ type: 'free-disk', name: 'data' }]);
  expect(changes({ before: [DATA], after: [DATA], devices: ['disk-data'] }).actions).toEqual([]);
});

test('a guest that holds a disk back is told of, and the disk stays in its status', () => {
  const held = scene({
    before: [DATA],
    devices: ['disk-data'],
    more: { releasing: { data: NOW - 6000 } },
  });
  const said = findings(held.vm, held.seen, NODE).find(({ type }) => type === 'DetachPending');
  expect(said).toMatchObject({ status: 'True', reason: 'GuestHoldsDisk' });
  expect(said?.message).toContain('the guest has not let go of the disks data');
  expect(machineStatus(held.vm, held.seen, NODE).disks).toEqual([{ name: 'data', disk: 'd', state: 'Detaching' }]);
  const asked = scene({ before: [DATA], devices: ['disk-data'], more: { releasing: { data: NOW } } });
  expect(findings(asked.vm, asked.seen, NODE).map(({ type }) => type)).not.toContain('DetachPending');
});

test('a floppy is changed as a CD-ROM is', () => {
  const drive = { name: 'fd', device: 'floppy' };
  const result = changes({ before: [{ ...drive, disk: { name: 'd' } }], after: [drive], devices: ['disk-fd'] });
  expect(result.actions).toEqual([{ type: 'set-medium', disk: expect.objectContaining({ name: 'fd' }) }]);
});
