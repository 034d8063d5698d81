import type { Forward, VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Store } from '../../controller/types.ts';
import { userBackend } from '../../network/user.ts';
import type { NetworkBackend } from '../../qemu/argv.ts';
import type { Interface } from '../../qemu/devices/interface.ts';
import type { Resolved } from './resources.ts';

type NetworkType = 'user' | 'nat' | 'bridge' | 'ovs';
type Target = NonNullable<NonNullable<VirtualMachineNetwork['spec']['user']>['forwards']>[number];

const BACKENDS = {
  user: (machine, nic, network) => ({ value: userBackend([...(nic.forwards ?? []), ...forwardsTo(machine, network)]) }),
  nat: (_machine, _nic, network) => unsupported(network, 'nat'),
  bridge: (_machine, _nic, network) => unsupported(network, 'bridge'),
  ovs: (_machine, _nic, network) => unsupported(network, 'ovs'),
} satisfies Record<
  NetworkType,
  (machine: VirtualMachine, nic: Interface, network: VirtualMachineNetwork) => Resolved<NetworkBackend>
>;

const unsupported = (network: VirtualMachineNetwork, type: string): Resolved<NetworkBackend> => ({
  problem: {
    reason: 'NetworkTypeUnsupported',
    message: `the network ${network.metadata.name} is of the type ${type}, which this version does not carry out; use user`,
  },
});

/** The other end of an interface's cable. */
export function resolveNetwork(machine: VirtualMachine, nic: Interface, store: Store): Resolved<NetworkBackend> {
  const { name } = nic.network;
  const network = store.get('VirtualMachineNetwork', { name });
  if (!network)
    return { problem: { reason: 'NetworkMissing', message: `the network ${name} is not there; create it` } };
  const type = (Object.keys(BACKENDS) as NetworkType[]).find((key) => network.spec[key] !== undefined);
  return type && BACKENDS[type](machine, nic, network);
}

/** The network's own forwards that go to this machine. */
function forwardsTo(machine: VirtualMachine, network: VirtualMachineNetwork): Forward[] {
  const { namespace = 'default', name } = machine.metadata;
  const isOurs = ({ virtualMachine }: Target) =>
    virtualMachine.name === name && (virtualMachine.namespace ?? 'default') === namespace;
  return (network.spec.user?.forwards ?? []).filter(isOurs);
}
