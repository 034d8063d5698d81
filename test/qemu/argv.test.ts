import { expect, test } from 'vitest';
import { buildCommand, qemuCommandLine } from '../../executor/qemu/argv.ts';
import { bare, devicesOf, inputOf, UUID, valuesOf, volume } from './inputs.ts';

const FRAME = [
  ...[
    '-name',
    'guest=default/web,debug-threads=on',
    '-uuid',
    UUID,
    '-nodefaults',
    '-no-user-config',
    '-S',
    '-no-shutdown',
  ],
  ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
];
const MONITORS = [
  ...['-chardev', 'socket,id=control,path=/run/m/qmp.sock,server=on,wait=off', '-mon', 'chardev=control,mode=control'],
  ...['-chardev', 'socket,id=rescue,path=/run/m/rescue.sock,server=on,wait=off', '-mon', 'chardev=rescue,mode=control'],
];

const json = (value: object): string => JSON.stringify(value);

test('a bare machine on pc is nothing but its frame', () => {
  expect(qemuCommandLine(inputOf({ ...bare, machine: { type: 'pc' } }))).toEqual([
    ...FRAME,
    ...['-machine', 'type=pc,usb=off,dump-guest-core=off,acpi=on,memory-backend=pc.ram', '-accel', 'tcg'],
    ...['-cpu', 'max', '-smp', '1,sockets=1,cores=1,threads=1', '-m', '67108864B'],
    ...['-object', json({ 'qom-type': 'memory-backend-ram', id: 'pc.ram', size: 67108864 })],
    ...['-overcommit', 'mem-lock=off', '-rtc', 'base=utc', '-boot', 'strict=on'],
    ...MONITORS,
    ...['-display', 'none'],
  ]);
});

test('one disk, one interface and a serial port', () => {
  const spec = {
    ...bare,
    machine: { type: 'pc' },
    serials: undefined,
    disks: [{ name: 'root', disk: { name: 'web-root' } }],
    interfaces: [{ name: 'eth0', network: { name: 'default' }, macAddress: '52:54:00:00:00:01' }],
  };
  const networks = {
    eth0: { user: { forwards: [{ hostAddress: '127.0.0.1', hostPort: 2222, port: 22, protocol: 'TCP' as const }] } },
  };
  const argv = qemuCommandLine(inputOf(spec, { networks }));
  const cache = { direct: true, 'no-flush': false };
  expect(argv.slice(argv.indexOf('-display'))).toEqual([
    ...['-display', 'none'],
    '-blockdev',
    json({
      ...{ driver: 'file', filename: '/pool/root.qcow2', 'node-name': 'file-root', aio: 'native' },
      ...{ 'read-only': false, discard: 'unmap', cache },
    }),
    '-blockdev',
    json({ driver: 'qcow2', 'node-name': 'disk-root', file: 'file-root', 'read-only': false, discard: 'unmap', cache }),
    '-device',
    json({
      ...{ driver: 'virtio-blk-pci', bus: 'pci.0', addr: '0x3', id: 'disk-root', drive: 'disk-root' },
      ...{ bootindex: 1, 'write-cache': 'on' },
    }),
    '-netdev',
    json({ type: 'user', id: 'net-eth0', hostfwd: [{ str: 'tcp:127.0.0.1:2222-:22' }] }),
    '-device',
    json({
      ...{ driver: 'virtio-net-pci', id: 'nic-eth0', netdev: 'net-eth0', mac: '52:54:00:00:00:01' },
      ...{ bus: 'pci.0', addr: '0x2', romfile: '' },
    }),
    ...['-chardev', 'pipe,id=serial0,path=/run/m/serial0,logfile=/run/m/serial0.log,logappend=on'],
    '-device',
    json({ driver: 'isa-serial', index: 0, id: 'serial-serial', chardev: 'serial0' }),
  ]);
});

test('lists that are left out have their default device, empty ones none', () => {
  const drivers = (spec: object) => devicesOf(qemuCommandLine(inputOf(spec))).map(({ driver }) => driver);
  expect(drivers({}).filter((driver) => driver !== 'pcie-root-port')).toEqual([
    ...['VGA', 'qemu-xhci', 'virtio-serial-pci', 'isa-serial', 'virtserialport', 'usb-tablet'],
    ...['virtio-rng-pci', 'virtio-balloon-pci', 'pvpanic'],
  ]);
  expect(valuesOf(qemuCommandLine(inputOf({})), '-vnc')).toEqual(['unix:/run/m/display0.sock']);
  expect(drivers(bare).filter((driver) => driver !== 'pcie-root-port')).toEqual([]);
  expect(drivers({ ...bare, video: [{ name: 'v', model: 'virtio' }] })).toContain('virtio-vga');
});

test('the kernel, its initial disk and its words are arguments of their own', () => {
  const boot = { kernel: { image: { name: 'k' }, initrd: { name: 'i' }, commandLine: 'console=ttyS0 a,b "c"' } };
  const argv = qemuCommandLine(inputOf({ ...bare, machine: { boot } }));
  expect(argv.slice(argv.indexOf('-kernel'), argv.indexOf('-kernel') + 6)).toEqual([
    ...['-kernel', '/images/kernel', '-initrd', '/images/initrd', '-append', 'console=ttyS0 a,b "c"'],
  ]);
});

test('devices are tried in their boot order, then the first of each class, else in the order of the spec', () => {
  const disks = [
    { name: 'a', disk: { name: 'a' } },
    { name: 'cd', device: 'cdrom' },
    { name: 'b', disk: { name: 'b' }, bootOrder: 1 },
  ];
  const interfaces = [{ name: 'eth0', network: { name: 'n' } }];
  const order = (machine: object) =>
    devicesOf(qemuCommandLine(inputOf({ ...bare, disks, interfaces, machine })))
      .filter(({ bootindex }) => bootindex !== undefined)
      .sort((x, y) => Number(x['bootindex']) - Number(y['bootindex']))
      .map(({ id }) => id);
  expect(order({})).toEqual(['disk-b']);
  expect(order({ boot: { order: ['network', 'cdrom'] } })).toEqual(['disk-b', 'nic-eth0', 'disk-cd']);
});

test('cache modes are the three switches that they stand for', () => {
  const cached = (cache: string | undefined, directIo = true) => {
    const disks = [{ name: 'a', disk: { name: 'a' }, cache }];
    const volumes = { a: volume('/pool/a', { directIo }) };
    const argv = qemuCommandLine(inputOf({ ...bare, disks }, { volumes }));
    const [file = '{}'] = valuesOf(argv, '-blockdev');
    const [disk] = devicesOf(argv).filter(({ id }) => id === 'disk-a');
    return { ...JSON.parse(file).cache, aio: JSON.parse(file).aio, write: disk?.['write-cache'] };
  };
  expect(cached('none')).toEqual({ direct: true, 'no-flush': false, aio: 'native', write: 'on' });
  expect(cached('writeback')).toEqual({ direct: false, 'no-flush': false, aio: 'threads', write: 'on' });
  expect(cached('writethrough')).toEqual({ direct: false, 'no-flush': false, aio: 'threads', write: 'off' });
  expect(cached('directsync')).toEqual({ direct: true, 'no-flush': false, aio: 'native', write: 'off' });
  expect(cached('unsafe')).toEqual({ direct: false, 'no-flush': true, aio: 'threads', write: 'on' });
  expect(cached(undefined)).toEqual(cached('none'));
  expect(cached(undefined, false)).toEqual(cached('writeback'));
});

test('limits are a throttle group above the format', () => {
  const disks = [{ name: 'a', disk: { name: 'a' }, iotune: { totalIops: 100, readBytesPerSecond: 5 } }];
  const argv = qemuCommandLine(inputOf({ ...bare, disks }));
  const groups = valuesOf(argv, '-object').filter((text) => text.includes('throttle-group'));
  expect(groups.map((text) => JSON.parse(text))).toEqual([
    {
      'qom-type': 'throttle-group',
      id: 'throttle-a',
      limits: { 'bps-read': 5, 'iops-total': 100 },
    },
  ]);
  expect(JSON.parse(valuesOf(argv, '-blockdev')[2] ?? '')).toEqual({
    ...{ driver: 'throttle', 'node-name': 'rate-a', 'throttle-group': 'throttle-a', file: 'disk-a' },
  });
  expect(devicesOf(argv).find(({ id }) => id === 'disk-a')?.['drive']).toBe('rate-a');
});

test('processors, memory and NUMA cells', () => {
  const spec = {
    ...bare,
    cpu: {
      sockets: 1,
      cores: 2,
      maxVcpus: 8,
      model: 'Nehalem',
      features: [{ name: 'aes' }, { name: 'vmx', policy: 'Disable' }],
    },
    memory: { size: '1Gi', max: '4Gi', hugepages: { pageSize: '2Mi' } },
    numa: [
      { name: 'a', cpus: '0-1,4', memory: '512Mi' },
      { name: 'b', cpus: '2-3', memory: '512Mi' },
    ],
  };
  const argv = qemuCommandLine(inputOf(spec));
  expect(valuesOf(argv, '-cpu')).toEqual(['Nehalem,aes=on,vmx=off']);
  expect(valuesOf(argv, '-smp')).toEqual(['2,maxcpus=8,sockets=4,cores=2,threads=1']);
  expect(valuesOf(argv, '-m')).toEqual(['1073741824B,slots=16,maxmem=4294967296B']);
  expect(valuesOf(argv, '-numa')).toEqual([
    'node,nodeid=0,cpus=0-1,cpus=4-7,memdev=ram-node0',
    'node,nodeid=1,cpus=2-3,memdev=ram-node1',
  ]);
  expect(valuesOf(argv, '-object').map((text) => JSON.parse(text).hugetlbsize)).toEqual([2097152, 2097152]);
});

test('KVM has the processor of the host and the enlightenments', () => {
  const spec = { ...bare, machine: { features: { hyperV: ['relaxed', 'spinlocks'] } } };
  expect(valuesOf(qemuCommandLine(inputOf(spec, { accelerator: 'kvm' })), '-cpu')).toEqual([
    'host,hv-relaxed=on,hv-spinlocks=0x1fff,hv-crash=on',
  ]);
  expect(valuesOf(qemuCommandLine(inputOf(spec)), '-cpu')).toEqual(['max']);
});

test('extra arguments come last, where the node allows them', () => {
  const spec = { ...bare, launch: { extraArguments: ['-snapshot'] } };
  expect(qemuCommandLine(inputOf(spec))).not.toContain('-snapshot');
  expect(qemuCommandLine(inputOf(spec, { extraArguments: true })).at(-1)).toBe('-snapshot');
});

test('devices keep their places when others come and go', () => {
  const disks = (...names: string[]) => ({ ...bare, disks: names.map((name) => ({ name, disk: { name } })) });
  const placesOf = ({ slots }: ReturnType<typeof buildCommand>) =>
    Object.fromEntries(Object.entries(slots).filter(([id]) => id.startsWith('disk-')));
  const first = buildCommand(inputOf(disks('a', 'b', 'c')));
  expect(placesOf(first)).toEqual({ 'disk-a': '01:00.0', 'disk-b': '02:00.0', 'disk-c': '03:00.0' });
  expect(first.slots).toMatchObject({ board: 'q35', 'pci.1': 'pcie-root-port 00:01.0' });
  const second = buildCommand(inputOf(disks('new', 'c'), { slots: first.slots }));
  expect(placesOf(second)).toEqual({ 'disk-c': '03:00.0', 'disk-new': '01:00.0' });
  const full = buildCommand(inputOf({ ...disks('x'), machine: { type: 'pc' } }, { slots: first.slots }));
  expect(placesOf(full)).toEqual({ 'disk-x': '00:02.0' });
});

test('a q35 board has free ports for what is plugged in later', () => {
  const disks = Array.from({ length: 9 }, (_, i) => ({ name: `d${i}`, disk: { name: `d${i}` } }));
  const portsOf = (machine: object) =>
    devicesOf(qemuCommandLine(inputOf({ ...bare, disks, machine }))).filter(
      ({ driver }) => driver === 'pcie-root-port',
    );
  const ports = portsOf({});
  expect(ports).toHaveLength(13);
  expect(ports[0]).toMatchObject({ id: 'pci.1', bus: 'pcie.0', addr: '0x1', multifunction: true, port: 8, chassis: 1 });
  expect(ports[8]).toMatchObject({ id: 'pci.9', bus: 'pcie.0', addr: '0x2', multifunction: true, port: 16 });
  expect(portsOf({ hotPlugPorts: 1 })).toHaveLength(10);
});

test.each([
  ['MachineTypeUnsupported', 'spec.machine.type', { machine: { type: 'microvm' } }],
  ['ArchitectureUnsupported', 'spec.machine.architecture', { machine: { architecture: 's390x' } }],
  ['FirmwareMissing', 'spec.machine.firmware.uefi', { machine: { firmware: { uefi: {} } } }],
  ['CpuModelNeedsKvm', 'spec.cpu.model', { cpu: { model: 'host' } }],
  ['CpuTopology', 'spec.cpu.maxVcpus', { cpu: { cores: 4, maxVcpus: 6 } }],
  ['NumaMemory', 'spec.numa', { numa: [{ name: 'a', cpus: '0', memory: '1Mi' }] }],
  ['TpmUnavailable', 'spec.tpm', { tpm: {} }],
  ['VsockUnavailable', 'spec.vsock', { vsock: {} }],
  ['VirtiofsUnavailable', 'spec.filesystems[f].type', { filesystems: [{ name: 'f', path: '/srv', tag: 't' }] }],
  ['HostDeviceUnavailable', 'spec.hostDevices[h]', { hostDevices: [{ name: 'h', pci: { address: '0000:65:00.0' } }] }],
  ['DiskBus', 'spec.disks[a].bus', { disks: [{ name: 'a', disk: { name: 'a' }, bus: 'ide' }] }],
  ['DiskBus', 'spec.disks[a].bus', { disks: [{ name: 'a', device: 'cdrom', bus: 'virtio' }] }],
  ['LunNeedsDevice', 'spec.disks[a].device', { disks: [{ name: 'a', disk: { name: 'a' }, device: 'lun' }] }],
  ['InputBus', 'spec.inputs[t].bus', { inputs: [{ name: 't', bus: 'ps2' }] }],
  ['WatchdogModel', 'spec.watchdog.model', { machine: { type: 'pc' }, watchdog: { model: 'itco' } }],
  [
    'TooManyDevices',
    'spec.graphics',
    {
      graphics: [
        { name: 'a', spice: {} },
        { name: 'b', spice: {} },
      ],
    },
  ],
])('what cannot be had is a refusal: %s at %s', (reason, field, spec) => {
  const host = { vhostVsock: false, vfio: false, usbHost: false };
  expect(() => qemuCommandLine(inputOf(spec, { host }))).toThrow(
    expect.objectContaining({ name: 'Refusal', reason, field }),
  );
});

test('a pc that is full gets a bridge', () => {
  const disks = Array.from({ length: 40 }, (_, i) => ({ name: `d${i}`, disk: { name: `d${i}` } }));
  const devices = devicesOf(qemuCommandLine(inputOf({ ...bare, machine: { type: 'pc' }, disks })));
  expect(devices[0]).toEqual({ driver: 'pci-bridge', chassis_nr: 1, id: 'pci.1', bus: 'pci.0', addr: '0x2' });
  expect(devices.filter(({ bus }) => bus === 'pci.1')).toHaveLength(11);
});
