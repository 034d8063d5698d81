import type { OvsSpec, VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import { dnsmasqConfig } from '../../network/dnsmasq/config.ts';
import type { NetworkFiles } from '../../network/dnsmasq/process.ts';
import type { Resolver } from '../../network/dnsmasq/resolv.ts';
import type { Wanted, WantedBridge, WantedOvs, WantedSetting } from '../../network/host/wanted.ts';
import { bridgeMac, bridgeOf, formatMark } from '../../network/names.ts';
import { forwardsOf, type Listener, oneToOnesOf } from '../../network/router/forwards.ts';
import type { KnownAddress, Member } from '../../network/router/members.ts';
import { type Mode, type OwnNetwork, ownNetwork } from '../../network/router/mode.ts';
import { type Router, routerOf } from '../../network/router/router.ts';
import { isolatedTable, routerTable } from '../../network/router/table.ts';
import { prefixed } from '../../network/subnet.ts';

/** What of the host and of the other objects a network depends on. */
export interface Surroundings {
  readonly owner: string;
  readonly files: NetworkFiles;
  readonly members: readonly Member[];
  readonly known: readonly KnownAddress[];
  readonly listeners: readonly Listener[];
  readonly resolver: Resolver;
}

export interface WantedNetwork {
  readonly host: Wanted;
  /** What cannot be had, in sentences; the rest is. */
  readonly problems: readonly string[];
}

const NOTHING: Wanted = { settings: [], forwarding: { ipv4: false, ipv6: false } };

/** A bridge of ours that routes takes nothing from routers, and has no IPv6 where the network has none. */
const bridgeSettings = (device: string, ipv6: boolean, mode: Mode = 'nat'): WantedSetting[] => [
  { setting: `ipv4/conf/${device}/route_localnet`, value: mode === 'isolated' ? '0' : '1' },
  ...(ipv6 ? [{ setting: `ipv6/conf/${device}/accept_ra`, value: '0' }] : []),
  { setting: `ipv6/conf/${device}/disable_ipv6`, value: ipv6 ? '0' : '1' },
];

/** The settings that a network of this kind is about, whatever it wants of them now. */
export const settingsOf = (wanted: WantedNetwork): string[] => wanted.host.settings.map(({ setting }) => setting);

/** What a network should be on this host. Pure. @throws RouterError for a spec that says something impossible */
export function wantedNetwork(network: VirtualMachineNetwork, around: Surroundings): WantedNetwork {
  const { bridge, ovs } = network.spec;
  const own = ownNetwork(network.spec);
  const uid = network.metadata.uid ?? '';
  if (own?.mode === 'isolated' && own.spec.cidr === undefined)
    return { host: alone(network, own, around), problems: [] };
  if (own) return routed(network, own, bridgeOf(uid), around);
  if (ovs) return switched(network, ovs, around);
  if (bridge?.name !== undefined) return { host: { ...NOTHING, attach: bridge.name }, problems: [] };
  if (bridge?.of === undefined) return { host: NOTHING, problems: [] };
  const name = bridgeOf(uid);
  const ours = {
    ...{ name, alias: formatMark({ owner: around.owner, network: uid }), addresses: [], uplink: bridge.of },
    ...(bridge.vlan !== undefined && { vlan: bridge.vlan }),
    isPort: false,
  };
  return { host: { ...NOTHING, attach: name, bridge: ours }, problems: [] };
}

/** Guests by themselves: the host has no address there, and hands nothing on. */
function alone({ metadata }: VirtualMachineNetwork, { spec: { mtu } }: OwnNetwork, { owner }: Surroundings): Wanted {
  const { uid = '' } = metadata;
  const name = bridgeOf(uid);
  const alias = formatMark({ owner, network: uid });
  return {
    ...NOTHING,
    bridge: {
      name,
      alias,
      macAddress: bridgeMac(uid),
      addresses: [],
      ...(mtu !== undefined && { mtu }),
      isPort: false,
    },
    attach: name,
    table: isolatedTable(uid, name),
    settings: bridgeSettings(name, false, 'isolated'),
  };
}

function routed(network: VirtualMachineNetwork, own: OwnNetwork, device: string, around: Surroundings): WantedNetwork {
  const { mode, spec } = own;
  const uid = network.metadata.uid ?? '';
  const router = routerOf(spec, device, uid);
  const { members, known, listeners } = around;
  const { redirects, problems } = forwardsOf(spec, members, known, listeners);
  const oneToOnes = oneToOnesOf(spec, members, known, spec.oneToOne ? router.range?.start : undefined);
  const { resolver, files } = around;
  const host: Wanted = {
    bridge: {
      name: device,
      alias: formatMark({ owner: around.owner, network: uid }),
      macAddress: bridgeMac(uid),
      addresses: addressesOf(router),
      ...(spec.mtu !== undefined && { mtu: spec.mtu }),
      isPort: false,
    },
    attach: device,
    table: routerTable(uid, { mode, router, redirects, oneToOnes }),
    dnsmasq: dnsmasqConfig({ name: network.metadata.name, mode, router, spec, members, resolver, files }),
    settings: bridgeSettings(device, router.subnet6 !== undefined, mode),
    forwarding: { ipv4: mode !== 'isolated', ipv6: mode !== 'isolated' && router.subnet6 !== undefined },
  };
  return { host, problems };
}

/** A network in Open vSwitch; the host, where it is the router there, has a port of its own on it. */
function switched(network: VirtualMachineNetwork, spec: OvsSpec, around: Surroundings): WantedNetwork {
  const uid = network.metadata.uid ?? '';
  const name = bridgeOf(uid);
  const { owner, members } = around;
  const ovs: WantedOvs = {
    ...{ bridge: spec.bridge, datapath: spec.datapath ?? 'system', owner, network: uid, acls: spec.acls ?? [] },
    guests: members.map(({ tap, macAddress, outbound }) => {
      const bytes = outbound ?? (spec.qos?.outboundKilobytesPerSecond ?? 0) * BYTES;
      return { tap, macAddress, ...(bytes > 0 && { outbound: bytes }) };
    }),
    ...(spec.cidr !== undefined && { port: { name, ...(spec.vlan !== undefined && { vlan: spec.vlan }) } }),
  };
  if (spec.cidr === undefined) return { host: { ...NOTHING, ovs }, problems: [] };
  const { host, problems } = routed(network, { mode: 'nat', spec }, name, around);
  const { attach: _port, bridge, ...rest } = host;
  // Its address is the switch's to give.
  const { macAddress: _own, ...port } = bridge ?? {};
  return { host: { ...rest, ovs, bridge: { ...(port as WantedBridge), isPort: true } }, problems };
}

const BYTES = 1000;

const addressesOf = ({ subnet, gateway, subnet6, gateway6 }: Router): string[] => [
  prefixed(subnet, gateway),
  ...(subnet6 && gateway6 !== undefined ? [prefixed(subnet6, gateway6)] : []),
];
