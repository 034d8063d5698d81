import type { NatSpec, OvsSpec } from '../../../schemas/kinds/network.ts';
import { canonicalAddress, chosenSubnet, parseSubnet, type Subnet } from '../subnet.ts';

/** What the specs of both kinds of network that the host is the router of say about that. */
export type RouterSpec = Partial<Omit<NatSpec, 'cidr'>> & Pick<OvsSpec, 'cidr'>;

export interface Range {
  readonly start: string;
  readonly end: string;
}

/** The host as the router of a network: its addresses there and what it gives out. */
export interface Router {
  /** The bridge, or the port of Open vSwitch, that has the addresses. */
  readonly device: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  /** Nothing where no addresses are given out. */
  readonly range?: Range;
  /** The only other device to which packets go and from which they come; nothing where every one will do. */
  readonly over?: string;
  readonly subnet6?: Subnet;
  readonly gateway6?: string;
}

/** A spec that says something impossible. */
export class RouterError extends Error {
  override readonly name = 'RouterError';
  readonly reason = 'InvalidSpec';
}

/** @throws RouterError with a sentence for a person */
export function routerOf(spec: RouterSpec, device: string, networkUid: string): Router {
  const subnet = subnetOf(spec.cidr ?? chosenSubnet(networkUid), 4, 'cidr');
  if (subnet.prefix > 30) throw new RouterError(`cidr ${spec.cidr} has no room for a guest: take a /30 or larger`);
  const chosen = spec.oneToOne?.gateway ?? spec.gateway ?? subnet.at(1n);
  const gateway = inside(subnet, chosen, spec.oneToOne?.gateway === undefined ? 'gateway' : 'oneToOne.gateway');
  const subnet6 = spec.cidr6 === undefined ? undefined : subnetOf(spec.cidr6, 6, 'cidr6');
  const range = rangeOf(spec, subnet, gateway);
  return {
    device,
    subnet,
    gateway,
    ...(spec.device !== undefined && { over: spec.device }),
    ...(range && { range }),
    ...(subnet6 && { subnet6, gateway6: subnet6.at(1n) }),
  };
}

function subnetOf(text: string, family: 4 | 6, field: string): Subnet {
  let subnet: Subnet;
  try {
    subnet = parseSubnet(text);
  } catch (error) {
    throw new RouterError(`${field}: ${(error as Error).message}`);
  }
  if (subnet.family !== family) throw new RouterError(`${field} ${text} is no IPv${family} subnet`);
  if (family === 6 && subnet.prefix > 120) throw new RouterError(`${field} ${text} is too small: take a /64`);
  return subnet;
}

function inside(subnet: Subnet, address: string, field: string): string {
  if (subnet.has(address)) return canonicalAddress(address);
  throw new RouterError(`${field} ${address} is not in ${subnet.network}/${subnet.prefix}`);
}

function rangeOf({ dhcp, oneToOne }: RouterSpec, subnet: Subnet, gateway: string): Range | undefined {
  if (dhcp?.enabled === false) return undefined;
  if (oneToOne) {
    const guest = inside(subnet, oneToOne.guestAddress ?? subnet.at(subnet.size - 2n), 'oneToOne.guestAddress');
    if (guest === gateway) throw new RouterError(`oneToOne: the guest and the gateway cannot both be ${guest}`);
    return { start: guest, end: guest };
  }
  return {
    start: inside(subnet, dhcp?.start ?? subnet.at(2n), 'dhcp.start'),
    end: inside(subnet, dhcp?.end ?? subnet.at(subnet.size - 2n), 'dhcp.end'),
  };
}
