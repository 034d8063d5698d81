import type { CompleteSpec } from '../../qemu/defaults.ts';
import { isEmulated } from '../../qemu/helpers.ts';

export interface Check {
  readonly field: string;
  /** Carried out by the scheduler for a machine that it places; without effect on one that a person bound. */
  readonly placement?: true;
  readonly used: (spec: CompleteSpec, accelerator: 'kvm' | 'tcg' | undefined) => boolean;
}

type Spec = CompleteSpec;
type Interface = Spec['interfaces'][number];
type HostDevice = Spec['hostDevices'][number];

const ofInterface = (name: string, used: (nic: Interface) => boolean): Check => ({
  field: `spec.interfaces[].${name}`,
  used: ({ interfaces }) => interfaces.some(used),
});

const ofHostDevice = (name: string, used: (host: HostDevice) => boolean): Check => ({
  field: `spec.hostDevices[].${name}`,
  used: ({ hostDevices }) => hostDevices.some(used),
});

/** A tap of our own, whose traffic is ours to hold back. */
const isMade = ({ tap }: NonNullable<Interface['connection']>): boolean => tap !== undefined && tap.managed !== false;

/** Ports of Open vSwitch are the network's; the other protocols are talked by programs that the node does not have. */
const foreignPort = ({ virtualPort }: Interface): boolean =>
  virtualPort !== undefined && virtualPort.type !== undefined && virtualPort.type !== 'openvswitch';

/** What libvirt does on the host beside qemu, and the executor does not yet: kept in the object, and said. */
export const IMPORTED: readonly Check[] = [
  {
    field: 'spec.memory.current',
    used: ({ memory, balloon }) => memory.current !== undefined && !balloon.enabled,
  },
  { field: 'spec.disks[].rawIo', used: ({ disks }) => disks.some(({ rawIo }) => rawIo === true) },
  {
    field: 'spec.disks[].source.network.keyFile',
    used: ({ disks }) =>
      disks.some(({ source }) => (source?.network?.keyFile ?? source?.network?.knownHosts) !== undefined),
  },
  {
    field: 'spec.disks[].source.nvme.managed',
    used: ({ disks }) => disks.some(({ source }) => source?.nvme?.managed === true),
  },
  ofInterface('filter', ({ filter, network }) => filter !== undefined && network === undefined),
  ofInterface('isolated', ({ isolated, network }) => isolated === true && network === undefined),
  ofInterface(
    'bandwidth',
    ({ bandwidth, connection }) => bandwidth !== undefined && connection !== undefined && !isMade(connection),
  ),
  ofInterface('queues', ({ queues = 1, connection }) => queues > 1 && connection?.direct !== undefined),
  ofInterface('vlan', ({ vlan }) => vlan !== undefined),
  ofInterface('virtualPort', foreignPort),
  ofInterface('coalesceFrames', ({ coalesceFrames }) => coalesceFrames !== undefined),
  ofInterface('trustGuestRxFilters', ({ trustGuestRxFilters }) => trustGuestRxFilters === true),
  ofInterface('guestName', ({ guestName }) => guestName !== undefined),
  ofHostDevice('pci.writeFiltering', ({ pci }) => pci?.writeFiltering !== undefined),
  ofHostDevice(
    'usb.startupPolicy',
    ({ usb }) => usb?.startupPolicy === 'optional' || usb?.startupPolicy === 'requisite',
  ),
  {
    field: 'spec.tpm.activePcrBanks',
    used: ({ tpm }) => tpm?.activePcrBanks !== undefined && !(isEmulated(tpm) && tpm.version === '2.0'),
  },
  { field: 'spec.tpm.profile', used: ({ tpm }) => tpm?.profile !== undefined },
  {
    field: 'spec.video[].vgaConfiguration',
    used: ({ video }) => video.some((card) => card.vgaConfiguration !== undefined),
  },
];
