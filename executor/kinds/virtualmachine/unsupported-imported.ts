import type { Check } from './unsupported.ts';

type Spec = Parameters<Check['used']>[0];
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
  ofInterface('filter', ({ filter }) => filter !== undefined),
  ofInterface('vlan', ({ vlan }) => vlan !== undefined),
  ofInterface('virtualPort', foreignPort),
  ofInterface('coalesceFrames', ({ coalesceFrames }) => coalesceFrames !== undefined),
  ofInterface('trustGuestRxFilters', ({ trustGuestRxFilters }) => trustGuestRxFilters === true),
  ofInterface('guestName', ({ guestName }) => guestName !== undefined),
  ofInterface('connection.hostDevice.managed', ({ connection }) => connection?.hostDevice?.managed === true),
  ofHostDevice('pci.managed', ({ pci }) => pci?.managed === true),
  ofHostDevice('pci.writeFiltering', ({ pci }) => pci?.writeFiltering !== undefined),
  ofHostDevice('pci.driver', ({ pci }) => pci?.driver !== undefined),
  ofHostDevice(
    'usb.startupPolicy',
    ({ usb }) => usb?.startupPolicy === 'optional' || usb?.startupPolicy === 'requisite',
  ),
  { field: 'spec.tpm.activePcrBanks', used: ({ tpm }) => tpm?.activePcrBanks !== undefined },
  { field: 'spec.tpm.profile', used: ({ tpm }) => tpm?.profile !== undefined },
  {
    field: 'spec.video[].vgaConfiguration',
    used: ({ video }) => video.some((card) => card.vgaConfiguration !== undefined),
  },
];
