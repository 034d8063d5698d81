import type { Command, Table } from '../nft/table.ts';
import type { Setting } from '../sysctl.ts';

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
  readonly vlanFiltering: boolean;
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
  | { readonly type: 'remove-files' };
