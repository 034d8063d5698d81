import type { VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import { no, type Verdict, yes } from '../common/condition.ts';
import type { ObservedNetwork } from './observe.ts';

/** An empty list means every node. */
export const isOn = ({ spec }: VirtualMachineNetwork, nodeName: string): boolean =>
  spec.nodeNames === undefined || spec.nodeNames.length === 0 || spec.nodeNames.includes(nodeName);

export const USER = yes('Ready', 'every machine has this network inside its own qemu');

const EXTERNAL =
  'a network that was imported is only remembered here, make one of type nat, routed, isolated, bridge or ovs in its place';

/** How a network is on this host, after everything was done. */
export function judgeHost({ spec }: VirtualMachineNetwork, observed: ObservedNetwork): Verdict {
  const { host, wanted } = observed;
  const { attach, bridge } = wanted.host;
  if (spec.external) return no('NotSupported', `${EXTERNAL}: ${spec.external.mode}`);
  if (bridge && !host.bridge) return no('BridgeMissing', `the bridge ${bridge.name} could not be made`);
  if (bridge?.uplink !== undefined && !host.uplink) {
    return no('DeviceMissing', `the node has no device ${bridge.uplink}; name another in spec.bridge.of`);
  }
  if (spec.ovs && !host.ovs) {
    return no('OvsMissing', 'no Open vSwitch runs on the node; install openvswitch-switch');
  }
  if (spec.ovs && !host.ovs?.bridge) return no('BridgeMissing', `the bridge ${spec.ovs.bridge} could not be made`);
  if (attach !== undefined && !host.attachable) {
    return no('BridgeMissing', `the node has no bridge ${attach}; make it, or name another in spec.bridge.name`);
  }
  if (spec.bridge?.vlan !== undefined && host.vlanFiltering !== true) {
    return no(
      'VlanUnsupported',
      `the bridge ${attach} does not filter VLANs: its kernel cannot, or it is switched off`,
    );
  }
  if (wanted.host.dnsmasq !== undefined && host.dnsmasq.pid === undefined) {
    return no('DnsmasqFailed', 'dnsmasq does not run');
  }
  return yes('Ready', describe(spec, observed));
}

function describe(spec: VirtualMachineNetwork['spec'], { host, wanted, dropping }: ObservedNetwork): string {
  const device = host.bridge?.name ?? spec.ovs?.bridge ?? wanted.host.attach ?? '';
  const foreign =
    dropping.length > 0
      ? [`the chain ${dropping.slice(0, 3).join(', ')} of others drops what it does not name, perhaps what guests send`]
      : [];
  return [`machines are attached to ${device}`, ...foreign, ...wanted.problems].join('; ').slice(0, 1000);
}
