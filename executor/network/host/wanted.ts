import type { OvsSpec } from '../../../schemas/kinds/network.ts';
import type { Command, Table } from '../nft/table.ts';
import type { Meter } from '../ovs/ovs.ts';
import type { Setting } from '../sysctl.ts';

type Acl = NonNullable<OvsSpec['acls']>[number];

/** A bridge of our own. */
export interface WantedBridge {
  readonly name: string;
  /** Says whose it is. */
  readonly alias: string;
  readonly macAddress?: string;
  /** With the length of the prefix. */
  readonly addresses: readonly string[];
  readonly mtu?: number;
  /** A card of the host that is put on it, whose addresses and routes go over to it. */
  readonly uplink?: string;
  /** Tag of the guests, where the bridge tells VLANs apart: its uplink carries it. */
  readonly vlan?: number;
  /** It is a port of Open vSwitch, not a bridge. */
  readonly isPort: boolean;
}

/** What a network is in Open vSwitch. */
export interface WantedOvs {
  readonly bridge: string;
  readonly datapath: 'system' | 'netdev';
  /** Marks what is ours in its database. */
  readonly owner: string;
  readonly network: string;
  /** The host's own port, where it is the router. */
  readonly port?: { readonly name: string; readonly vlan?: number };
  readonly acls: readonly Acl[];
  readonly guests: readonly {
    readonly tap: string;
    readonly macAddress: string;
    /** Bytes per second that it may send. */
    readonly outbound?: number;
  }[];
}

/** A setting of the kernel that a network needs. */
export interface WantedSetting {
  readonly setting: Setting;
  readonly value: string;
}

/** What a network is on its host. */
export interface Wanted {
  readonly bridge?: WantedBridge;
  /** What taps are attached to: our bridge, or one that was there. Open vSwitch has ports of its own. */
  readonly attach?: string;
  readonly ovs?: WantedOvs;
  readonly table?: Table;
  /** What dnsmasq is started with. */
  readonly dnsmasq?: string;
  /** Of devices of ours: they go with them. */
  readonly settings: readonly WantedSetting[];
  /** Of the whole host: put back when no network needs them any more. */
  readonly forwarding: { readonly ipv4: boolean; readonly ipv6: boolean };
}

/** Everything that is ever done to a host for a network. */
export type HostAction =
  /** Lines of ip(8), in one batch. */
  | { readonly type: 'links'; readonly commands: readonly (readonly string[])[] }
  | { readonly type: 'bridge-vlans'; readonly commands: readonly (readonly string[])[] }
  | { readonly type: 'setting'; readonly setting: Setting; readonly value: string }
  /** Routing between devices, for the whole host. */
  | { readonly type: 'forwarding'; readonly family: 4 | 6 }
  | { readonly type: 'stop-forwarding' }
  | { readonly type: 'filter'; readonly commands: readonly Command[] }
  | { readonly type: 'start-dnsmasq'; readonly config: string }
  | { readonly type: 'stop-dnsmasq' }
  /** Words of ovs-vsctl(8). */
  | { readonly type: 'ovs'; readonly words: readonly string[] }
  /** Lines of a bundle of ovs-ofctl(8). */
  | { readonly type: 'flows'; readonly bridge: string; readonly lines: readonly string[] }
  | { readonly type: 'meter'; readonly bridge: string; readonly meter: Meter; readonly isThere: boolean }
  | { readonly type: 'remove-meter'; readonly bridge: string; readonly id: number }
  | { readonly type: 'remove-files' };
