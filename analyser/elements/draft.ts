import type * as z from 'zod';
import type { virtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { fieldOf } from '../table/rule.ts';

type Spec = z.input<typeof virtualMachine.spec>;
type Item<K extends keyof Spec> = NonNullable<Spec[K]> extends readonly (infer I)[] ? I : never;

/** A machine's spec on the way: nothing is required yet. */
export type SpecDraft = Partial<Spec>;

/** An item of a list of the spec, all but its name on the way. */
export type ItemDraft<K extends keyof Spec> = Partial<Item<K>> & { name: string };

export interface BootDraft {
  device?: 'disk' | 'cdrom' | 'network' | 'floppy';
}

export type ClockOffset = 'utc' | 'localtime' | 'variable' | 'absolute';

/** What libvirt says in another shape than the schema does. `fromLibvirt` and `toLibvirt` of objects/ carry it over. */
export interface MachineView {
  memory?: { amount?: number; unit?: string };
  onPoweroff?: 'destroy' | 'restart';
  onCrash?: 'destroy' | 'restart';
  vcpus?: number;
  vcpusAtStart?: number;
  /** Host CPUs for every virtual CPU that is not pinned by itself. */
  cpuset?: string;
  /** Whether the host chooses where virtual CPUs run. */
  automatic?: boolean;
  topology?: { sockets?: number; dies?: number; clusters?: number; cores?: number; threads?: number };
  iothreads?: number;
  clock?: { offset?: ClockOffset; basis?: 'UTC' | 'LocalTime' };
  /** Whether the file of the variables is in an element `<source>`. */
  nvramSource?: boolean;
  cpu?: { mode?: 'custom' | 'host' | 'max'; model?: string };
  firmware?: 'bios' | 'uefi';
  loader?: { type?: 'rom' | 'pflash'; path?: string };
  boot?: BootDraft[];
  kernel?: { path?: string; initrd?: string; commandLine?: string; deviceTree?: string };
  hyperV?: Record<string, boolean>;
  hugepages?: { used?: boolean };
  /** Whether a console shows the first serial port. */
  console?: boolean;
}

/** Kinds of disk in libvirt, by `type`; a drive without a medium is of none. */
export type PlaceType = 'empty' | 'file' | 'block' | 'dir' | 'network' | 'nvme' | 'vhostuser' | 'vhostvdpa' | 'volume';

type Source = NonNullable<ItemDraft<'disks'>['source']>;

/** One file of a disk's chain; lists in place of the recursion that the XML has. */
export interface LayerDraft {
  type: PlaceType;
  spec: Partial<Omit<Source, 'backing' | 'dataFile' | 'standalone'>>;
  /** A volume of a pool. */
  volume: { pool?: string; name?: string };
  nvme: { domain?: number; bus?: number; slot?: number; function?: number };
  /** The file below, at most one. */
  backing: LayerDraft[];
  /** The file that holds the data, at most one. */
  data: LayerDraft[];
  /** Whether it says that there is no file below. */
  ends?: boolean;
}

export const emptyLayer = (type: PlaceType): LayerDraft => ({
  type,
  spec: {},
  volume: {},
  nvme: {},
  backing: [],
  data: [],
});

export interface DiskDraft {
  spec: ItemDraft<'disks'>;
  /** Name of the device in libvirt, vda. */
  dev?: string;
  source: LayerDraft;
  /** Whether what libvirt reads in two places is written in both, to find out which of them the input had. */
  everyForm: boolean;
}

/** Kinds of interface in libvirt, by `type`. */
export type InterfaceType =
  | 'user'
  | 'network'
  | 'bridge'
  | 'direct'
  | 'ethernet'
  | 'hostdev'
  | 'vhostuser'
  | 'vdpa'
  | 'mcast'
  | 'server'
  | 'client'
  | 'udp';

export interface InterfaceView {
  type: InterfaceType;
  /** Network, bridge or device, where it is on a network of ours. */
  source?: string;
  /** Whether it is on a network of ours, by its own type or because a person mapped it. */
  onNetwork: boolean;
}
export interface InterfaceDraft {
  spec: ItemDraft<'interfaces'>;
  libvirt: InterfaceView;
  /** Address of a card of the node. */
  pci?: HostDeviceDraft['pci'];
}

export type ControllerDraft = Partial<ItemDraft<'controllers'>> & { name: string };

export interface NumaDraft extends Partial<Pick<Item<'numa'>, 'cpus' | 'shared' | 'discard' | 'distances' | 'caches'>> {
  name: string;
  id?: number;
  memory?: { amount?: number; unit?: string };
}

/** Host nodes of one NUMA cell. */
export type NodeDraft = Partial<Pick<Item<'numa'>, 'hostNodes' | 'hostPolicy'>> & { cell?: number };

export type LinkDraft = Partial<Item<'numaLinks'>>;

export interface PageDraft {
  amount?: number;
  unit?: string;
  cells?: string;
}

export type Scheduler = NonNullable<NonNullable<SpecDraft['tuning']>['schedulers']>[number];

export type MemoryDeviceDraft = Partial<NonNullable<NonNullable<SpecDraft['memory']>['devices']>[number]> & {
  name: string;
};

/** A device of the node; its PCI address is in parts in the XML, and numbers are hexadecimal digits in the spec. */
export interface HostDeviceDraft {
  spec: ItemDraft<'hostDevices'>;
  type: 'pci' | 'usb' | 'mdev' | 'scsi' | 'scsi_host';
  pci?: { domain?: number; bus?: number; slot?: number; function?: number };
  usb?: { vendor?: number; product?: number };
}

/** One machine on its way between libvirt's domain and our objects. */
export interface DomainDraft {
  name?: string;
  title?: string;
  description?: string;
  spec: SpecDraft;
  libvirt: MachineView;
  disks: DiskDraft[];
  interfaces: InterfaceDraft[];
  cells: NumaDraft[];
  nodes: NodeDraft[];
  links: Record<'latencyNanoseconds' | 'bandwidthKibibytesPerSecond', LinkDraft[]>;
  pages: PageDraft[];
  schedulers: Record<'vcpus' | 'iothreads' | 'emulator', Scheduler[]>;
  iothreadPins: { iothread?: number; cpuset?: string }[];
  memoryDevices: MemoryDeviceDraft[];
  extraArguments: { value?: string }[];
  oemStrings: { value?: string }[];
  hostDevices: HostDeviceDraft[];
}

export const emptyDraft = (): DomainDraft => ({
  spec: {},
  libvirt: {},
  disks: [],
  interfaces: [],
  cells: [],
  nodes: [],
  links: { latencyNanoseconds: [], bandwidthKibibytesPerSecond: [] },
  pages: [],
  schedulers: { vcpus: [], iothreads: [], emulator: [] },
  iothreadPins: [],
  memoryDevices: [],
  extraArguments: [],
  oemStrings: [],
  hostDevices: [],
});

/** A rule for a field of the machine. */
export const machine = fieldOf<DomainDraft>();
