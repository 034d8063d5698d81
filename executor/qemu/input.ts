import type { VirtualMachineSpec } from '../../schemas/kinds/virtual-machine.ts';
import type { UefiFirmware } from './firmware.ts';
import type { SecretKey } from './secrets.ts';

/** Where the content of a disk is on this host, in the format that its object names: nothing is ever probed. */
export interface Volume {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  readonly readOnly: boolean;
  /** Whether the file system takes O_DIRECT; without it there is no cache mode `none`. */
  readonly directIo: boolean;
  /** Key of the Secret that unlocks a volume which is encrypted with LUKS. */
  readonly secret?: SecretKey;
}

/** A port of the host that reaches a port of the guest. */
export interface PortForward {
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** A tap of the host, which the executor makes before qemu opens it by name. */
export interface TapBackend {
  readonly device: string;
  /** The uid of its network's object. */
  readonly network: string;
  /** Another name by which people know it. */
  readonly altName?: string;
  /** The Linux bridge it is on; nothing where somebody else connects it. */
  readonly bridge?: string;
  /** The Open vSwitch bridge it is a port of. */
  readonly ovs?: { readonly bridge: string; readonly vlan?: number; readonly trunks?: readonly number[] };
  /** Tag of the frames of a port of a Linux bridge. */
  readonly vlan?: number;
  readonly mtu?: number;
  readonly queues: number;
  /** Whether the guest may leave checksums and large packets to the host: not where a switch in user space reads them. */
  readonly offload: boolean;
  /** What the guest may not send; nothing where it may send all. */
  readonly filter?: TapFilter;
  /** Whether it reaches no other port of its Linux bridge that is isolated as well. */
  readonly isolated?: boolean;
  /** Bytes per second. */
  readonly inbound?: number;
  readonly outbound?: number;
  readonly inboundShape?: Shape;
  readonly outboundShape?: Shape;
}

/** What a packet filter looks at. */
export type FilterPart = 'mac' | 'ip' | 'arpMac' | 'arpIp' | 'otherProtocols';

/** What is held back of what a guest sends. */
export interface TapFilter {
  readonly parts: readonly FilterPart[];
  /** The guest's, in lower case. */
  readonly macAddress: string;
  /** IPv4 addresses that are the guest's. */
  readonly addresses: readonly string[];
}

/** What may pass above a rate, for a short time. */
export interface Shape {
  /** Bytes per second. */
  readonly peak?: number;
  /** Bytes that may pass at the peak. */
  readonly burst?: number;
}

/** A macvtap over an interface of the host, which the executor makes, opens and hands to qemu as a descriptor. */
export interface MacvtapBackend {
  readonly device: string;
  /** The interface of the host. */
  readonly over: string;
  readonly mode: 'vepa' | 'bridge' | 'private' | 'passthrough';
  /** The guest's: what is not for it never comes. */
  readonly macAddress: string;
  readonly mtu?: number;
}

/** A network that needs no privileges. */
export interface UserBackend {
  readonly forwards: readonly PortForward[];
  /** Who carries its packets: a program beside qemu, or a part of qemu; nothing where that is still to be chosen. */
  readonly program?: 'Passt' | 'Slirp';
  /** Whether its passt takes other forwards while it runs. */
  readonly control?: true;
  /** Forwards of the host's loopback for those who may reach the guest through the API; of passt only. */
  readonly access?: readonly PortForward[];
}

/** What is at the other end of an interface's cable: one member for each way to a network, exactly one of them there. */
export interface NetworkBackend {
  readonly user?: UserBackend;
  readonly tap?: TapBackend;
  readonly macvtap?: MacvtapBackend;
}

/** What this host lets a machine have. A missing one is a refusal where a machine asks for it. */
export interface HostAbilities {
  readonly vhostVsock: boolean;
  readonly vfio: boolean;
  readonly usbHost: boolean;
  /** Programs beside qemu: a TPM emulator, a server of folders, one that draws. */
  readonly swtpm?: boolean;
  readonly virtiofsd?: boolean;
  /** Whether passt runs here, and this qemu can be connected to it. */
  readonly passt?: boolean;
  /** Whether that passt takes other forwards while it runs. */
  readonly pesto?: boolean;
  readonly vhostUserGpu?: boolean;
  /** Whether the kernel itself moves the packets of taps, and qemu's user may have it do so. */
  readonly vhostNet?: boolean;
  /** Whether qemu, confined as it is, reads and writes by io_uring. */
  readonly ioUring?: boolean;
  /** Whether it may without being asked: not every qemu that can comes to the end of each read. */
  readonly ioUringUnasked?: boolean;
  /** Folders where huge pages are mounted, by their size. */
  readonly hugePages?: Readonly<Partial<Record<'2Mi' | '1Gi', string>>>;
  /** Numbers of the NUMA nodes of the host that have memory, `0-1`. */
  readonly memoryNodes?: string;
  /** In the order in which the node prefers them. */
  readonly firmware?: readonly UefiFirmware[];
}

/** Places of devices on the board, by device id: what the guest saw at the last start it sees at the next. */
export type Slots = Readonly<Record<string, string>>;

/** Everything that qemu's command line is made from. */
export interface QemuInput {
  readonly namespace: string;
  readonly name: string;
  /** The object's uid: qemu's `-uuid`, by which the process is known again. */
  readonly uuid: string;
  /** After the API's defaulting. */
  readonly spec: VirtualMachineSpec;
  readonly accelerator: 'kvm' | 'tcg';
  /** As first started; the family of `spec.machine.type` before that. */
  readonly machineType: string;
  /** The machine's own folder: sockets, logs. At most 80 bytes, since a socket's path has at most 107. */
  readonly runDir: string;
  /** By name in spec.disks; none for an empty drive. */
  readonly volumes: Readonly<Record<string, Volume>>;
  /** By name in spec.interfaces. */
  readonly networks: Readonly<Record<string, NetworkBackend>>;
  /** Files of `spec.machine.boot.kernel`. */
  readonly kernel?: { readonly image: string; readonly initrd?: string; readonly deviceTree?: string };
  /** What the clock shows at this start, `2026-11-21T14:00:00`, where the spec sets it forward. */
  readonly clockStart?: string;
  /** File of the machine's own UEFI variables, made before the start. */
  readonly variables?: string;
  readonly host: HostAbilities;
  /** Devices of the node (/dev/sg0) of `spec.hostDevices[].scsi`, by name. */
  readonly scsiDevices?: Readonly<Record<string, string>>;
  /** Free TCP ports for displays that take any, by name. */
  readonly displayPorts?: Readonly<Record<string, number>>;
  readonly slots: Slots;
  /** Ids of the devices that a running machine has, where one is changed. */
  readonly present?: ReadonlySet<string>;
  /** Whether `spec.launch.extraArguments` is obeyed. */
  readonly extraArguments: boolean;
}
