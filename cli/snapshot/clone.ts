import type { VirtualMachineSnapshot } from '../../schemas/kinds/snapshot.ts';
import type { VirtualMachineSpec } from '../../schemas/kinds/virtual-machine.ts';
import { OURS } from '../api/resources.ts';
import { draft } from '../apply/make.ts';
import type { Draft } from '../apply/manifests.ts';
import { Failure } from '../errors.ts';

export interface CloneOptions {
  readonly name: string;
  readonly start: boolean;
  /** Pool of the new disks; `default` where nothing is given. */
  readonly pool?: string | undefined;
}

export interface Clone {
  readonly machine: Draft;
  readonly disks: readonly Draft[];
  /** What of the machine the new one does not have, as sentences. */
  readonly left: readonly string[];
}

type Disk = NonNullable<VirtualMachineSpec['disks']>[number];

/**
 * A new machine from what a snapshot, or a backup, holds: its spec at that time on copies of its disks. What only one machine can have
 * (MAC addresses, ports of the host, devices, the node) is left out. Pure.
 * @throws Failure when the snapshot does not know the machine's spec
 */
export function cloneOf({ metadata, status }: VirtualMachineSnapshot, { name, start, pool }: CloneOptions): Clone {
  const spec = status?.machine as VirtualMachineSpec | undefined;
  if (!spec) {
    throw new Failure(
      'failed',
      `the snapshot ${metadata.name} does not hold the machine's spec`,
      'take another one, or create the machine with vmctl create',
    );
  }
  const held = new Map((status?.disks ?? []).map((disk) => [disk.name, disk]));
  const kept = (spec.disks ?? []).filter((disk) => held.has(disk.name) || isShared(disk));
  const dropped = (spec.disks ?? []).filter((disk) => !kept.includes(disk));
  const {
    nodeName: _node,
    requests: _requests,
    snapshotSchedule: _schedule,
    hostDevices: _devices,
    vsock: _vsock,
    ...rest
  } = spec;
  const { uuid: _uuid, ...smbios } = spec.machine?.smbios ?? {};
  const machine = {
    ...rest,
    powerState: start ? 'Running' : 'Stopped',
    ...(spec.machine && { machine: { ...spec.machine, ...(spec.machine.smbios && { smbios }) } }),
    disks: kept.map((disk) => (held.has(disk.name) ? onCopy(disk, `${name}-${disk.name}`) : disk)),
    ...(spec.interfaces && {
      interfaces: spec.interfaces.map(({ macAddress: _mac, forwards: _ports, ...nic }) => nic),
    }),
  };
  const disks = [...held.values()]
    .filter((disk) => kept.some((one) => one.name === disk.name))
    .map((disk) => copy(metadata.name, disk.name, `${name}-${disk.name}`, pool));
  return { machine: draft(OURS.VirtualMachine, { name }, machine), disks, left: leftOut(spec, dropped) };
}

/** Several machines may show the same image; an empty drive is the same everywhere. */
const isShared = (disk: Disk): boolean => disk.device === 'cdrom' || disk.device === 'floppy';

function onCopy({ image: _image, blank: _blank, disk: _disk, ...rest }: Disk, name: string): object {
  return { ...rest, disk: { name } };
}

const copy = (snapshot: string, disk: string, name: string, pool: string | undefined): Draft =>
  draft(
    OURS.VirtualMachineDisk,
    { name },
    { ...(pool !== undefined && { pool }), source: { snapshot: { name: snapshot, disk } } },
  );

function leftOut(spec: VirtualMachineSpec, dropped: readonly Disk[]): string[] {
  const forwards = (spec.interfaces ?? []).filter(({ forwards: ports = [] }) => ports.length > 0);
  return [
    ...dropped.map(({ name }) => `the disk ${name}, which the snapshot does not hold`),
    ...forwards.map(({ name }) => `the forwarded ports of the interface ${name}, which only one machine can have`),
    ...((spec.hostDevices ?? []).length > 0 ? ["the host's devices, which only one machine can have"] : []),
  ];
}
