import { describe, expect, test } from 'vitest';
import { buildCommand } from '../../executor/qemu/argv.ts';
import { blockNodes } from '../../executor/qemu/devices/blockdev.ts';
import { deviceLimits, throttleLimits, wantedLimits } from '../../executor/qemu/devices/throttle.ts';
import { diskPlug } from '../../executor/qemu/hotplug.ts';
import { Refusal } from '../../executor/qemu/refusal.ts';
import { bare, devicesOf, inputOf, specOf, volume } from './inputs.ts';

const entry = (name: string, more: object = {}) => ({ name, disk: { name }, ...more });
const diskOf = (more: object) =>
  specOf({ disks: [entry('new', more)] }).disks?.[0] as NonNullable<ReturnType<typeof specOf>['disks']>[number];

/** What a machine that runs with these disks is given for one more. */
function plug(before: readonly object[], more: object, machine: object = {}) {
  const running = buildCommand(inputOf({ ...bare, machine, disks: before }));
  const present = new Set(devicesOf(running.argv).map(({ id }) => String(id)));
  const input = inputOf({ ...bare, machine, disks: [...before, entry('new', more)] }, { slots: running.slots });
  return { present, running, ...diskPlug(input, diskOf(more), present) };
}

describe('a disk that is plugged in', () => {
  test('on virtio has a port that the machine has, which no other device is in', () => {
    const { devices, nodes, present, running } = plug([entry('a'), entry('b')], {});
    expect(devices).toHaveLength(1);
    expect(devices[0]).toMatchObject({ driver: 'virtio-blk-pci', id: 'disk-new', drive: 'disk-new' });
    expect(present).toContain(devices[0]?.['bus']);
    expect(devicesOf(running.argv).filter(({ bus }) => bus === devices[0]?.['bus'])).toEqual([]);
    expect(nodes.map((node) => node['node-name'])).toEqual(['file-new', 'disk-new']);
  });

  test('on scsi brings its controller along, once', () => {
    const first = plug([entry('v')], { bus: 'scsi' });
    expect(first.devices.map(({ driver }) => driver)).toEqual(['virtio-scsi-pci', 'scsi-hd']);
    expect(plug([entry('a', { bus: 'scsi' })], { bus: 'scsi' }).devices.map(({ driver }) => driver)).toEqual([
      'scsi-hd',
    ]);
  });

  test('has no place in the boot order, which was settled at the start', () => {
    expect(plug([entry('a')], { bootOrder: 1 }).devices[0]).not.toHaveProperty('bootindex');
  });

  test('with limits and a passphrase has the objects of both before its nodes', () => {
    const input = inputOf(
      { ...bare, disks: [entry('new', { iotune: { totalIops: 5 } })] },
      { volumes: { new: volume('/pool/new.raw', { format: 'raw', secret: { name: 's', key: 'k' } }) } },
    );
    const { objects, nodes } = diskPlug(
      input,
      diskOf({ iotune: { totalIops: 5 } }),
      new Set(['pci.1', 'pci.2', 'port0']),
    );
    expect(objects.map((object) => object['qom-type'])).toEqual(['secret', 'throttle-group']);
    expect(JSON.stringify(objects)).not.toContain('data');
    expect(nodes[1]).toMatchObject({ driver: 'luks', 'key-secret': 'key-new' });
  });

  test.each([
    ['sata', {}, 'a sata disk is fixed while the machine runs'],
    ['usb', {}, 'the machine was started without USB'],
    ['virtio', { hotPlugPorts: 0 }, 'the running machine has no free PCIe port; use scsi'],
  ])('on %s is refused with why where there is no room', (bus, machine, why) => {
    const attempt = () => plug([], { bus }, machine);
    expect(attempt).toThrow(Refusal);
    expect(attempt).toThrow(why);
  });
});

test('a disk keeps its place on SCSI when another one goes, and a place that is free is taken again', () => {
  const scsi = (...names: string[]) => ({ ...bare, disks: names.map((name) => entry(name, { bus: 'scsi' })) });
  const idOf = (argv: readonly string[], name: string) =>
    devicesOf(argv).find(({ id }) => id === `disk-${name}`)?.['scsi-id'];
  const first = buildCommand(inputOf(scsi('a', 'b', 'c')));
  expect(['a', 'b', 'c'].map((name) => idOf(first.argv, name))).toEqual([0, 1, 2]);
  const second = buildCommand(inputOf(scsi('new', 'c'), { slots: first.slots }));
  expect(['new', 'c'].map((name) => idOf(second.argv, name))).toEqual([0, 2]);
});

test('limits are all there to put them back, and only those that are wanted at the start', () => {
  const iotune = { writeIops: 10, writeIopsMax: 40, writeIopsMaxLengthSeconds: 5, iopsSizeBytes: 4096 };
  expect(wantedLimits(iotune)).toEqual({
    'iops-write': 10,
    'iops-write-max': 40,
    'iops-write-max-length': 5,
    'iops-size': 4096,
  });
  expect(Object.keys(throttleLimits({}))).toHaveLength(19);
  expect(throttleLimits({})).toMatchObject({ 'bps-total': 0, 'bps-total-max': 0, 'bps-total-max-length': 1 });
  expect(deviceLimits(iotune)).toMatchObject({
    iops_wr: 10,
    iops_wr_max: 40,
    iops_wr_max_length: 5,
    iops_size: 4096,
    bps: 0,
  });
});

test.each([
  [{ ioUring: true }, {}, true, 'native'],
  [{ ioUring: true, ioUringUnasked: true }, {}, true, 'io_uring'],
  [{ ioUring: true, ioUringUnasked: true }, { io: 'native' }, true, 'native'],
  [{ ioUring: true }, { io: 'io_uring' }, true, 'io_uring'],
  [{ ioUring: true }, { io: 'threads' }, true, 'threads'],
  [{ ioUring: false }, {}, true, 'native'],
  [{}, {}, false, 'threads'],
])('on a host with %j a disk %j is read and written by what does not get stuck', (host, more, directIo, aio) => {
  expect(blockNodes(diskOf(more), volume('/p/x', { directIo }), host)[0]).toMatchObject({ aio });
});

test('what this host cannot is refused, with what it can', () => {
  expect(() => blockNodes(diskOf({ io: 'io_uring' }), volume('/p/x'), { ioUring: false })).toThrow(
    'use native or threads',
  );
  expect(() => blockNodes(diskOf({ io: 'native', cache: 'writeback' }), volume('/p/x'), {})).toThrow(
    'native needs cache none',
  );
});
