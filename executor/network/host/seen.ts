import type { ObservedDnsmasq } from '../dnsmasq/process.ts';
import type { Link } from '../link/link.ts';
import type { Table } from '../nft/table.ts';
import type { Meter, OvsBridge, OvsPortRow } from '../ovs/ovs.ts';
import type { Setting } from '../sysctl.ts';

/** A way out that the host has over a device. */
export interface Route {
  readonly destination: string;
  readonly gateway?: string;
  readonly metric?: number;
  readonly source?: string;
  readonly family: 4 | 6;
}

/** What of a network is in Open vSwitch. */
export interface SeenOvs {
  readonly bridge?: OvsBridge;
  /** Every port of that bridge. */
  readonly portsOfBridge: readonly string[];
  /** The ports of this network. */
  readonly ports: readonly OvsPortRow[];
  readonly numbers: Readonly<Record<string, number>>;
  readonly cookies: readonly string[];
  readonly meters: readonly Meter[];
}

/** What of a network is on its host. */
export interface Seen {
  /** The bridge of our own. */
  readonly bridge?: Link;
  /** The card that is, or is to be, on it. */
  readonly uplink?: Link;
  /** Tags that the card carries. */
  readonly uplinkVlans: readonly number[];
  /** Whether that bridge tells VLANs apart. */
  readonly vlanFiltering: boolean;
  /** Whether the bridge that taps are attached to is there. */
  readonly attachable: boolean;
  /** Routes of the administrator's over the card, and over our bridge. */
  readonly uplinkRoutes: readonly Route[];
  readonly bridgeRoutes: readonly Route[];
  /** The taps of ours on this network. */
  readonly taps: readonly Link[];
  readonly table?: Table;
  /** Who else there is on this host: the table that sees addresses is everybody's. */
  readonly watch?: Table;
  /** Nothing where no switch runs. */
  readonly ovs?: SeenOvs;
  readonly dnsmasq: ObservedDnsmasq;
  readonly settings: Readonly<Record<Setting, string | undefined>>;
  /** Whether the host routes, and whether that is our doing. */
  readonly forwarding: { readonly ipv4: boolean; readonly ipv6: boolean; readonly ours: boolean };
  readonly files: boolean;
}
