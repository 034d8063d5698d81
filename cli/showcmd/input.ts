import type { NetworkBackend, QemuInput, Volume } from '../../executor/qemu/argv.ts';
import { completeForward } from '../../executor/qemu/defaults.ts';
import { seedDrive } from '../../executor/qemu/seed.ts';
import type { VirtualMachineDisk } from '../../schemas/kinds/disk.ts';
import type { VirtualMachineImage } from '../../schemas/kinds/image.ts';
import type { VirtualMachineNetwork } from '../../schemas/kinds/network.ts';
import type { VirtualMachine, VirtualMachineSpec } from '../../schemas/kinds/virtual-machine.ts';

import { USUAL_FIRMWARE } from './firmware.ts';

/** Finds the objects that a machine names; undefined for what is not there (yet). */
export interface Lookup {
  disk(name: string): VirtualMachineDisk | undefined;
  image(name: string): VirtualMachineImage | undefined;
  network(name: string): VirtualMachineNetwork | undefined;
}

type DiskDevice = NonNullable<VirtualMachineSpec['disks']>[number];
type Interface = NonNullable<VirtualMachineSpec['interfaces']>[number];

/** What stands for a file that is not made yet. */
const unmade = (what: string, name: string): string => `/path/of/${what}/${name}`;

const NO_UID = '00000000-0000-0000-0000-000000000000';

/** An image's file: where it is in its pool, else where it comes from. */
const imagePath = (name: string, image: VirtualMachineImage | undefined): string =>
  image?.status?.path ?? image?.spec.source.file?.path ?? unmade('image', name);

/** A disk's own file, else the file that it will be made from. */
function diskPath(name: string, disk: VirtualMachineDisk | undefined, find: Lookup): string {
  const from = disk?.spec.source?.image?.name;
  const origin = from === undefined ? undefined : find.image(from);
  return disk?.status?.path ?? (from !== undefined && origin ? imagePath(from, origin) : unmade('disk', name));
}

function ofDisk(name: string, device: DiskDevice, find: Lookup, format: Volume['format'] = 'qcow2'): Volume {
  const disk = find.disk(name);
  return {
    path: diskPath(name, disk, find),
    format: disk?.spec.format ?? format,
    readOnly: device.readOnly,
    directIo: true,
    ...unlocked(disk?.spec.encryption ?? device.blank?.encryption ?? device.image?.encryption),
  };
}

/** Where the passphrase is, not what it is. */
const unlocked = (encryption: VirtualMachineDisk['spec']['encryption']): Pick<Volume, 'secret'> =>
  encryption ? { secret: { name: encryption.secretRef.name, key: encryption.secretRef.key ?? 'passphrase' } } : {};

function volume(machine: string, device: DiskDevice, find: Lookup): Volume | undefined {
  if (device.disk) return ofDisk(device.disk.name, device, find);
  if (device.blank) return ofDisk(`${machine}-${device.name}`, device, find, device.blank.format);
  if (!device.image) return undefined;
  if (device.device === 'disk') return ofDisk(`${machine}-${device.name}`, device, find);
  const image = find.image(device.image.name);
  return {
    path: imagePath(device.image.name, image),
    format: image?.status?.format ?? (image?.spec.format === 'qcow2' ? 'qcow2' : 'raw'),
    readOnly: true,
    directIo: true,
  };
}

/** Taps have names of the executor's; a network that is not given is taken for one of them, unless it is called user. */
function backend({ name, network, forwards = [], queues = 1, model }: Interface, find: Lookup): NetworkBackend {
  const found = network && find.network(network.name)?.spec;
  if (found ? found.user : network?.name === 'user') return { user: { forwards: forwards.map(completeForward) } };
  const device = `tap-${name}`.slice(0, LINK_BYTES);
  return { tap: { device, network: '', queues: model.startsWith('virtio') ? queues : 1, offload: true } };
}

/** IFNAMSIZ, without the end of the text. */
const LINK_BYTES = 15;

function kernel(spec: VirtualMachineSpec, find: Lookup): Pick<QemuInput, 'kernel'> {
  const boot = spec.machine?.boot?.kernel;
  if (!boot) return {};
  const path = (name: string): string => imagePath(name, find.image(name));
  const { image, initrd, deviceTree } = boot;
  const others = {
    ...(initrd && { initrd: path(initrd.name) }),
    ...(deviceTree && { deviceTree: path(deviceTree.name) }),
  };
  return { kernel: { image: path(image.name), ...others } };
}

/** Names of the images and disks that a machine needs. */
export function namesIn({ metadata, spec }: VirtualMachine): { disks: string[]; images: string[]; networks: string[] } {
  const devices = spec.disks ?? [];
  const boot = spec.machine?.boot?.kernel;
  const own = devices
    .filter((it) => it.blank || (it.image && it.device === 'disk'))
    .map((it) => `${metadata.name}-${it.name}`);
  return {
    networks: (spec.interfaces ?? []).flatMap(({ network }) => network?.name ?? []),
    disks: [...devices.flatMap((it) => (it.disk ? [it.disk.name] : [])), ...own],
    images: [
      ...devices.flatMap((it) => (it.image ? [it.image.name] : [])),
      ...[boot?.image.name, boot?.initrd?.name, boot?.deviceTree?.name].filter((it) => it !== undefined),
    ],
  };
}

/** What qemu's command line is made from, as far as the API knows it. The spec has its defaults. */
export function qemuInput(machine: VirtualMachine, find: Lookup, runRoot: string): QemuInput {
  const { metadata, spec, status } = machine;
  const uuid = metadata.uid ?? NO_UID;
  const seeds = seedDrive(spec).map(
    (drive) =>
      [drive.name, { path: unmade('seed', metadata.name), format: 'raw', readOnly: true, directIo: true }] as const,
  );
  const volumes = (spec.disks ?? []).map((device) => [device.name, volume(metadata.name, device, find)] as const);
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    uuid,
    spec,
    accelerator: status?.acceleration ?? spec.machine?.accelerator ?? 'kvm',
    machineType: status?.machineType ?? spec.machine?.type ?? 'q35',
    runDir: `${runRoot}/${uuid}`,
    volumes: Object.fromEntries([
      ...volumes.filter((entry): entry is [string, Volume] => entry[1] !== undefined),
      ...seeds,
    ]),
    networks: Object.fromEntries(
      (spec.interfaces ?? []).filter(({ network }) => network).map((nic) => [nic.name, backend(nic, find)]),
    ),
    ...kernel(spec, find),
    variables: `${runRoot}/${uuid}/variables.fd`,
    scsiDevices: Object.fromEntries((spec.hostDevices ?? []).map(({ name }) => [name, '/dev/sg0'])),
    host: {
      ...{ vhostVsock: true, vhostNet: true, vfio: true, usbHost: true },
      ...{ swtpm: true, virtiofsd: true, vhostUserGpu: true },
      firmware: USUAL_FIRMWARE,
    },
    slots: {},
    extraArguments: true,
  };
}
