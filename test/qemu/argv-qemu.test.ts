import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { QEMU_BINARY, type QemuInput, qemuCommandLine } from '../../executor/qemu/argv.ts';
import { completeSpec } from '../../executor/qemu/defaults.ts';
import { consolePipe, controlSocket, pipeInput, pipeOutput, serialPipe } from '../../executor/qemu/sockets.ts';
import { createMonitor, type RunState } from '../../executor/qmp/index.ts';
import { type LinuxGuest, linuxGuest } from '../fixtures/guests/linux.ts';
import { inputOf, volume } from './inputs.ts';

interface Example {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

const FOLDER = join(import.meta.dirname, '../../yamls/examples');
const examples = readdirSync(FOLDER)
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => document.toJS() as Example),
  )
  .filter((object) => object?.kind === 'VirtualMachine');

/** Devices that no example has: every row of every table of devices meets the real qemu once. */
const catalogue: readonly (readonly [string, object])[] = [
  ['disks on q35', { disks: disksOn(['virtio', 'scsi', 'sata', 'usb', 'nvme'], ['sata', 'scsi']) }],
  [
    'disks on pc',
    { machine: { type: 'pc' }, disks: disksOn(['virtio', 'scsi', 'sata', 'ide', 'usb', 'nvme'], ['ide', 'sata']) },
  ],
  [
    'cards',
    {
      interfaces: ['virtio', 'e1000e', 'e1000', 'rtl8139', 'vmxnet3'].map((model) => ({
        name: model,
        model,
        network: { name: 'n' },
      })),
    },
  ],
  [
    'displays',
    {
      graphics: [{ name: 'v', vnc: {} }],
      video: ['virtio', 'vga', 'qxl', 'bochs'].map((model) => ({ name: model, model })),
    },
  ],
  ['first cards', { video: [{ name: 'v', model: 'cirrus' }] }],
  ['a frame buffer', { video: [{ name: 'v', model: 'ramfb' }] }],
  [
    'ports',
    {
      serials: ['isa', 'pci', 'usb'].map((type) => ({ name: type, type })),
      consoles: [{ name: 'c' }],
      channels: [{ name: 'p', port: { name: 'com.example' } }],
    },
  ],
  [
    'inputs',
    {
      inputs: ['usb', 'virtio'].flatMap((bus) =>
        ['tablet', 'mouse', 'keyboard'].map((type) => ({ name: `${bus}-${type}`, bus, type })),
      ),
    },
  ],
  [
    'sound',
    {
      sound: [
        { name: 'a', model: 'ich9' },
        { name: 'b', model: 'usb' },
      ],
    },
  ],
  [
    'older sound',
    {
      sound: [
        { name: 'a', model: 'ac97' },
        { name: 'b', model: 'ich6' },
      ],
    },
  ],
  ['randomness', { rng: [{ name: 'a', source: 'Builtin', maxBytesPerSecond: 100 }, { name: 'b' }] }],
  ['watchdogs', { watchdog: { model: 'i6300esb', action: 'PowerOff' }, panic: { model: 'pci' } }],
  ['an ISA watchdog', { machine: { type: 'pc' }, watchdog: { model: 'ib700', action: 'InjectNMI' } }],
  ["the chipset's watchdog", { watchdog: { model: 'itco', action: 'Pause' } }],
  ['a shared folder', { filesystems: [{ name: 'f', type: '9p', path: '/tmp', tag: 't', readOnly: true }] }],
  [
    'controllers of q35',
    {
      controllers: [
        ...['scsi', 'usb', 'virtio-serial'].map((type) => ({ name: type, type })),
        { name: 'more-sata', type: 'sata', index: 1 },
        { name: 'old-scsi', type: 'scsi', model: 'lsilogic' },
        { name: 'usb2', type: 'usb', model: 'ich9-ehci1' },
        ...[1, 2, 3].map((part) => ({ name: `usb2-${part}`, type: 'usb', model: `ich9-uhci${part}` })),
        { name: 'port', type: 'pci' },
        { name: 'up', type: 'pci', model: 'pcie-switch-upstream-port' },
        { name: 'down', type: 'pci', model: 'pcie-switch-downstream-port' },
        { name: 'conventional', type: 'pci', model: 'pcie-to-pci-bridge' },
        { name: 'dmi', type: 'pci', model: 'dmi-to-pci-bridge' },
        { name: 'cell', type: 'pci', model: 'pcie-expander-bus' },
        { name: 'root', type: 'pci', index: 0, pci: { hole64: '1Gi' } },
      ],
    },
  ],
  [
    'controllers of pc',
    {
      machine: { type: 'pc' },
      controllers: [
        { name: 'usb', type: 'usb', model: 'piix3-uhci' },
        { name: 'ehci', type: 'usb', model: 'ehci' },
        { name: 'sata', type: 'sata' },
        { name: 'bridge', type: 'pci' },
        { name: 'cell', type: 'pci', model: 'pci-expander-bus' },
        { name: 'reader', type: 'ccid' },
        { name: 'mpt', type: 'scsi', model: 'lsisas1068' },
        { name: 'mega', type: 'scsi', model: 'lsisas1078' },
        { name: 'pv', type: 'scsi', model: 'vmpvscsi' },
      ],
    },
  ],
  [
    'threads',
    { iothreads: [{ name: 't' }], disks: [{ name: 'a', blank: { size: '1Mi' }, iotune: { writeIops: 10 } }] },
  ],
  [
    'processors and memory',
    {
      cpu: { sockets: 2, maxVcpus: 4 },
      memory: { size: '128Mi', max: '256Mi', backing: { source: 'Memfd', shared: true } },
    },
  ],
  [
    'cells',
    {
      cpu: { cores: 2 },
      numa: [
        { name: 'a', cpus: '0', memory: '32Mi' },
        { name: 'b', cpus: '1', memory: '32Mi' },
      ],
    },
  ],
  [
    'memory as devices',
    {
      machine: { type: 'pc' },
      cpu: { cores: 2, vcpus: 1 },
      memory: {
        size: '64Mi',
        max: '4Gi',
        slots: 4,
        backing: { source: 'File', merge: false, allocation: 'Immediate', allocationThreads: 2 },
        devices: [
          { name: 'a', model: 'dimm', size: '128Mi', cell: 0 },
          { name: 'b', model: 'dimm', size: '128Mi', cell: 1, slot: 0 },
          { name: 'c', model: 'virtio-mem', size: '256Mi', cell: 0, requested: '128Mi', blockSize: '2Mi' },
        ],
      },
      numa: [
        { name: 'a', cpus: '0', memory: '32Mi', distances: [{ cell: 1, value: 21 }] },
        { name: 'b', cpus: '1', memory: '32Mi', shared: true, distances: [{ cell: 0, value: 21 }] },
      ],
    },
  ],
  [
    'how fast memory is',
    {
      cpu: { cores: 2 },
      numa: [
        { name: 'a', cpus: '0-1', memory: '64Mi' },
        { name: 'b', memory: '0' },
      ],
      numaLinks: [
        { initiator: 0, target: 0, type: 'access', latencyNanoseconds: 5 },
        { initiator: 0, target: 0, type: 'access', bandwidthKibibytesPerSecond: 204800 },
      ],
    },
  ],
  [
    'the frame',
    {
      cpu: {
        sockets: 1,
        dies: 2,
        model: 'qemu64',
        vendorId: 'GenuineIntel',
        physicalBits: { mode: 'Emulate', bits: 40 },
        cache: { mode: 'Emulate', level: 3 },
        features: [{ name: 'lahf_lm' }, { name: 'svm', policy: 'Forbid' }],
      },
      machine: {
        power: { suspendToMemory: false, suspendToDisk: true },
        boot: { menu: { enabled: true, timeoutMilliseconds: 100 } },
        clock: { start: '2009-02-14T00:01:30', source: 'Guest', pit: 'Delay', kvmClock: false, hpet: false },
        features: { vmPort: false, pmu: false, smm: true, smmMemory: '16Mi', translationCache: '32Mi' },
        smbios: {
          manufacturer: 'Fedora',
          bios: { vendor: 'LENOVO, Inc.', version: '6FET82WW (3.12 )' },
          boards: [{ manufacturer: 'Lenovo' }, { manufacturer: 'HP', location: 'Upside down' }],
          chassis: { serial: '65X0XF2' },
          oemStrings: ['Hello', 'This is, more=tricky'],
        },
        firmwareConfig: [{ name: 'opt/com.example/name', value: 'example, value' }],
      },
    },
  ],
  [
    'the board',
    {
      machine: {
        type: 'pc-q35-7.2',
        smbios: { manufacturer: 'A, B' },
        clock: { base: 'LocalTime', driftFix: 'Slew', hpet: false },
        features: { vmCoreInfo: true, smm: true, acpi: false },
      },
    },
  ],
];

function disksOn(buses: readonly string[], drives: readonly string[]): object[] {
  return [
    ...buses.map((bus) => ({ name: bus, bus, blank: { size: '1Mi' }, serial: 'S1' })),
    ...drives.map((bus) => ({ name: `cd-${bus}`, bus, device: 'cdrom' })),
    { name: 'floppy', device: 'floppy' },
  ];
}

let folder: string;
let guest: LinuxGuest;

beforeAll(async () => {
  guest = await linuxGuest();
  folder = mkdtempSync(join(tmpdir(), 'vmctl-argv-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What the executor makes before a start: volumes, kernels and the pipes of terminals. */
function prepare(input: QemuInput): QemuInput {
  const runDir = mkdtempSync(join(folder, 'm'));
  const file = (name: string) => {
    const path = join(runDir, `${name},odd name`);
    writeFileSync(path, Buffer.alloc(1024 ** 2));
    return path;
  };
  const { serials, consoles } = completeSpec(input.spec);
  const pipes = [...serials.map((_, i) => serialPipe(runDir, i)), ...consoles.map((_, i) => consolePipe(runDir, i))];
  for (const pipe of pipes) {
    symlinkSync('/dev/null', pipeOutput(pipe));
    execFileSync('mkfifo', [pipeInput(pipe)]);
  }
  const volumes = Object.fromEntries(
    Object.keys(input.volumes).map((name) => [name, volume(file(name), { format: 'raw', directIo: false })]),
  );
  const kernel = input.kernel && { kernel: { image: guest.kernel, initrd: guest.initrd } };
  return { ...input, runDir, volumes, ...kernel };
}

/** Starts qemu with this command line and asks it for its state. @throws with what it said */
async function stateOf(input: QemuInput): Promise<RunState> {
  const qemu = spawn(QEMU_BINARY, qemuCommandLine(input), { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  qemu.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<never>((_, reject) => qemu.once('exit', () => reject(new Error(said))));
  ended.catch(() => {});
  const monitor = createMonitor({ path: controlSocket(input.runDir) });
  try {
    const qmp = await Promise.race([monitor.connected(90_000), ended]);
    return (await qmp.execute('query-status')).status;
  } finally {
    monitor.close();
    qemu.kill('SIGKILL');
  }
}

test('there are examples of machines', () => expect(examples.length).toBeGreaterThan(2));

test.each(examples.map((example) => [example.metadata.name, example] as const))(
  'example %s starts',
  async (_, { spec }) => {
    expect(await stateOf(prepare(inputOf(spec)))).toBe('prelaunch');
  },
);

test.each(catalogue)('%s start', async (_, spec) => {
  expect(await stateOf(prepare(inputOf(spec)))).toBe('prelaunch');
});
