import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildCommand } from '../../../executor/qemu/argv.ts';
import { formatAddress, parseAddress } from '../../../executor/qemu/pci/address.ts';
import { bare, devicesOf, inputOf, specOf } from '../inputs.ts';

const disks = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `d${i}`, disk: { name: `d${i}` } }));
const pc = { machine: { type: 'pc' } };

const placesOf = (spec: object, slots = {}): Record<string, string> =>
  buildCommand(inputOf({ ...bare, ...spec }, { slots })).slots as Record<string, string>;

const at = (bus: number, slot: number, fn = 0) => ({ pci: { bus, slot, function: fn } });

test('pc: the card at 2, then networks, sound, controllers, disks, the balloon, randomness, in this order', () => {
  const spec = {
    ...pc,
    balloon: { enabled: true },
    rng: [{ name: 'r' }],
    video: [{ name: 'v' }, { name: 'w', model: 'qxl' }],
    disks: disks(1),
    controllers: [
      { name: 'u', type: 'usb', model: 'piix3-uhci' },
      { name: 's', type: 'scsi', model: 'lsilogic' },
    ],
    sound: [{ name: 's', model: 'ich6' }],
    interfaces: [{ name: 'n', network: { name: 'n' }, model: 'e1000' }],
  };
  expect(placesOf(spec)).toEqual({
    ...{ board: 'pc', usb: '00:01.2', 'video-v': '00:02.0', 'nic-n': '00:03.0', 'sound-s': '00:04.0' },
    ...{ scsi0: '00:05.0', 'disk-d0': '00:06.0', balloon: '00:07.0', 'rng-r': '00:08.0', 'video-w': '00:09.0' },
  });
});

test('q35: a port for each PCI Express device, functions of one slot; conventional cards behind a bridge in a port', () => {
  const spec = {
    machine: { hotPlugPorts: 1 },
    video: [{ name: 'v' }],
    disks: disks(2),
    sound: [{ name: 's', model: 'ich9' }],
    watchdog: { model: 'i6300esb' },
  };
  expect(placesOf(spec)).toEqual({
    ...{ board: 'q35', ide: '00:1f.2', 'video-v': '00:01.0', 'sound-s': '00:1b.0' },
    ...{ 'pci.1': 'pcie-root-port 00:02.0', 'pci.2': 'pcie-root-port 00:02.1', 'pci.3': 'pcie-root-port 00:02.2' },
    ...{ 'pci.4': 'pcie-to-pci-bridge 01:00.0', 'pci.5': 'pcie-root-port 00:02.3' },
    ...{ 'disk-d0': '02:00.0', 'disk-d1': '03:00.0', watchdog: '04:01.0' },
  });
});

test('a machine without ports gets none to spare, unless they are asked for', () => {
  expect(placesOf({})).toEqual({ board: 'q35', ide: '00:1f.2' });
  expect(placesOf({ machine: { hotPlugPorts: 0 } })).toEqual({ board: 'q35', ide: '00:1f.2' });
  const asked = { machine: { hotPlugPorts: 2 } };
  const ports = { 'pci.1': 'pcie-root-port 00:01.0', 'pci.2': 'pcie-root-port 00:01.1' };
  const first = placesOf(asked);
  expect(first).toEqual({ board: 'q35', ide: '00:1f.2', ...ports });
  expect(placesOf({ ...asked, disks: disks(1) }, first)).toMatchObject({ ...ports, 'disk-d0': '01:00.0' });
});

test('parts of a USB 2 controller share a slot, where the chipset has it', () => {
  const parts = ['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3'].map((model) => ({
    name: model,
    type: 'usb',
    model,
  }));
  const ids = { usb: '7', 'usb-ich9-uhci1': '0', 'usb-ich9-uhci2': '1', 'usb-ich9-uhci3': '2' };
  const slot = (where: string) => Object.fromEntries(Object.entries(ids).map(([id, fn]) => [id, `${where}.${fn}`]));
  expect(placesOf({ controllers: parts })).toMatchObject(slot('00:1d'));
  expect(placesOf({ ...pc, controllers: parts })).toMatchObject(slot('00:02'));
  const [first] = devicesOf(buildCommand(inputOf({ ...bare, ...pc, controllers: parts })).argv).filter(
    ({ driver }) => driver === 'ich9-usb-uhci1',
  );
  expect(first).toMatchObject({ masterbus: 'usb.0', firstport: 0, addr: '0x2', multifunction: true });
});

test('places that the spec fixes are kept, and the others go around them', () => {
  const [a, b] = disks(2);
  expect(placesOf({ ...pc, disks: [a, { ...b, address: at(0, 2) }] })).toMatchObject({
    'disk-d0': '00:03.0',
    'disk-d1': '00:02.0',
  });
  const far = placesOf({ ...pc, disks: [{ ...a, address: at(2, 5) }] });
  expect(far).toMatchObject({ 'disk-d0': '02:05.0', 'pci.1': 'pci-bridge 00:02.0', 'pci.2': 'pci-bridge 00:03.0' });
  const shared = devicesOf(
    buildCommand(
      inputOf({
        ...bare,
        ...pc,
        disks: [
          { ...a, address: at(0, 4) },
          { ...b, address: at(0, 4, 1) },
        ],
      }),
    ).argv,
  ).filter(({ driver }) => driver === 'virtio-blk-pci');
  expect(shared.map(({ addr, multifunction }) => [addr, multifunction])).toEqual([
    ['0x4', true],
    ['0x4.0x1', undefined],
  ]);
});

test.each([
  ['taken by another', { ...pc, disks: disks(2).map((disk) => ({ ...disk, address: at(0, 4) })) }, /00:04\.0 is taken/],
  [
    'the board’s',
    { ...pc, disks: disks(1).map((disk) => ({ ...disk, address: at(0, 1) })) },
    /00:01\.0 belongs to the board/,
  ],
  ['no slot of the controller', { disks: disks(1).map((disk) => ({ ...disk, address: at(1, 3) })) }, /has no slot 3/],
  [
    'on a controller that takes no devices',
    {
      controllers: [{ name: 'x', type: 'pci', index: 1, model: 'pcie-expander-bus' }],
      disks: disks(1).map((disk) => ({ ...disk, address: at(1, 3) })),
    },
    /takes no device/,
  ],
  [
    'the chipset’s own',
    { ...pc, controllers: [{ name: 'u', type: 'usb', model: 'piix3-uhci', address: at(0, 5) }] },
    /part of the chipset, at 00:01\.2/,
  ],
  [
    'in a controller that is plugged into itself',
    {
      ...pc,
      controllers: [
        { name: 'a', type: 'pci', index: 1, address: at(2, 1) },
        { name: 'b', type: 'pci', index: 2, address: at(1, 1) },
      ],
    },
    /plugged into itself/,
  ],
])('a place that is %s is refused with its field', (_, spec, message) => {
  expect(() => placesOf(spec)).toThrow(expect.objectContaining({ name: 'Refusal', reason: 'PciAddress' }));
  expect(() => placesOf(spec)).toThrow(message);
});

test('bridges come after what they are plugged into', () => {
  const controllers = [
    { name: 'low', type: 'pci', index: 1, model: 'pcie-to-pci-bridge', address: at(9, 0) },
    { name: 'high', type: 'pci', index: 9, model: 'pcie-root-port' },
  ];
  const devices = devicesOf(buildCommand(inputOf({ ...bare, controllers })).argv).map(({ id }) => id);
  expect(devices.indexOf('pci.9')).toBeLessThan(devices.indexOf('pci.1'));
});

test('a device that is plugged in takes a port that is there', () => {
  const before = placesOf({ disks: disks(2) });
  const after = placesOf({ disks: disks(3) }, before);
  expect(after['disk-d2']).toBe('03:00.0');
  expect(before['pci.3']).toBe(after['pci.3']);
});

test('no two devices have one place, whatever there is, and a second start changes nothing', () => {
  const machine = fc.record({
    machine: fc.constantFrom({ type: 'pc' }, { type: 'q35' }),
    disks: fc.nat(20).map(disks),
    inputs: fc.nat(6).map((count) => Array.from({ length: count }, (_, i) => ({ name: `i${i}`, bus: 'virtio' }))),
    video: fc.subarray([{ name: 'v' }, { name: 'w', model: 'virtio' }, { name: 'x', model: 'bochs' }]),
    watchdog: fc.constantFrom(undefined, { model: 'i6300esb' }),
    balloon: fc.boolean().map((enabled) => ({ enabled })),
  });
  fc.assert(
    fc.property(machine, (spec) => {
      const first = placesOf(spec);
      const places = Object.entries(first).flatMap(([id, text]) => (id === 'board' ? [] : [text.split(' ').at(-1)]));
      expect(new Set(places).size).toBe(places.length);
      expect(placesOf(spec, first)).toMatchObject(first);
    }),
    { numRuns: 60 },
  );
});

test('an address is written as lspci writes it, and read again', () => {
  fc.assert(
    fc.property(fc.nat(255), fc.nat(31), fc.nat(7), (bus, slot, fn) => {
      expect(parseAddress(formatAddress({ bus, slot, function: fn }))).toEqual({ bus, slot, function: fn });
    }),
  );
  expect(parseAddress('port:3')).toBeUndefined();
  expect(specOf({ controllers: [{ name: 'r', type: 'pci' }] }).controllers).toHaveLength(1);
});
