import { isDeepStrictEqual } from 'node:util';
import { kinds } from '../../schemas/kinds/index.ts';
import type { SpecOf } from '../objects/manifest.ts';
import { firstOf, maskOf } from './network-addresses.ts';
import { lowered } from './network-lowered.ts';
import type { External } from './network-spec.ts';

type Spec = SpecOf<'VirtualMachineNetwork'>;
type Subnet = NonNullable<External['subnets']>[number];

/** What any network of ours is in libvirt's terms, as near as it can be said. */
export function raised({ nat, routed, isolated, bridge, ovs, external }: Spec): External {
  if (external) return external;
  if (bridge) return { mode: 'Bridge', ...(bridge.name !== undefined && { bridge: bridge.name }) };
  if (ovs) return { mode: 'Bridge', bridge: ovs.bridge, virtualPort: { type: 'openvswitch' } };
  if (routed) return addressed(routed.open ? 'Open' : 'Route', routed);
  if (isolated) return addressed('None', isolated);
  return nat ? addressed('NAT', nat) : { mode: 'NAT' };
}

function addressed(mode: External['mode'], own: NonNullable<Spec['nat']>): External {
  const { cidr, cidr6, dns, domain, mtu, device } = own;
  const isPlain = /^[0-9.]+\/[0-9]+$/.test(cidr ?? '');
  const [address6 = '', length6 = ''] = cidr6?.split('/') ?? [];
  const v6 = address6.endsWith('::')
    ? [{ family: 'ipv6' as const, address: `${address6}1`, prefix: Number(length6) }]
    : [];
  const subnets = [...(isPlain ? [subnetOfOurs(own)] : []), ...v6];
  const names = { ...(dns?.enabled === false && { enabled: false }), ...(dns?.hosts && { hosts: dns.hosts }) };
  return {
    mode,
    ...(device !== undefined && { device }),
    ...(mtu !== undefined && { mtu }),
    ...(domain && { domain: { name: domain.name, ...(domain.localOnly && { localOnly: true }) } }),
    ...(Object.keys(names).length > 0 && { dns: names }),
    ...(subnets.length > 0 && { subnets }),
  };
}

function subnetOfOurs({ cidr = '', gateway, dhcp }: NonNullable<Spec['nat']>): Subnet {
  const [network = '', length = ''] = cidr.split('/');
  const given = dhcp?.enabled !== false && dhcp?.start !== undefined && dhcp.end !== undefined;
  const hosts = dhcp?.hosts?.map(({ hostName, ...rest }) => ({
    ...rest,
    ...(hostName !== undefined && { name: hostName }),
  }));
  return {
    address: gateway ?? firstOf(network),
    netmask: maskOf(Number(length)),
    ...(given && { ranges: [{ start: dhcp.start ?? '', end: dhcp.end ?? '' }] }),
    ...(hosts && { hosts }),
  };
}

/** What of libvirt's words ours do not give back: the names of bridges, ports, other ways to say the same. */
export function besides(value: External, own: Spec): Partial<External> {
  const back = raised(own);
  return Object.fromEntries(
    Object.entries(value).filter(([key, one]) => !isDeepStrictEqual(one, back[key as keyof External])),
  );
}

/** As the API gives it back: with its defaults. */
const complete = (spec: Spec): unknown => kinds.VirtualMachineNetwork.spec.safeParse(spec).data;

/** With what was kept, as far as it is about what the spec still says. */
export function withKept(own: Spec, kept: Partial<External>): External {
  const back = raised(own);
  const whole = { ...back, ...kept };
  if (isDeepStrictEqual(complete(lowered(whole)), complete(own))) return whole;
  const { bridge, masquerade } = kept;
  return { ...back, ...(bridge !== undefined && { bridge }), ...(masquerade && { masquerade }) };
}
