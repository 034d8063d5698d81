import type { VirtualMachineNetworkSpec } from '../../../schemas/kinds/network.ts';
import type { RouterSpec } from './router.ts';

/**
 * What becomes of packets between a network of the host's own and the world: translated, routed with the packet filter
 * letting them pass, routed and left to others' packet filters, or held back.
 */
export type Mode = 'nat' | 'routed' | 'open' | 'isolated';

export interface OwnNetwork {
  readonly mode: Mode;
  readonly spec: RouterSpec;
}

/** The part of a network's spec that says how the host is on it, where the network is a bridge of the host's own. */
export function ownNetwork({ nat, routed, isolated }: VirtualMachineNetworkSpec): OwnNetwork | undefined {
  if (nat) return { mode: 'nat', spec: nat };
  if (routed) return { mode: routed.open ? 'open' : 'routed', spec: routed };
  return isolated && { mode: 'isolated', spec: isolated };
}

/** The same where the host routes packets of guests, be it on a bridge of its own or in Open vSwitch. */
export function routerSpec(spec: VirtualMachineNetworkSpec): RouterSpec | undefined {
  const own = ownNetwork(spec);
  if (own) return own.mode === 'isolated' ? undefined : own.spec;
  return spec.ovs?.cidr === undefined ? undefined : spec.ovs;
}
