import type { VirtualMachineNetwork, VirtualMachineNetworkStatus } from '../../../schemas/kinds/network.ts';
import { makeCondition, no, type Verdict, withCondition, yes } from '../common/condition.ts';

type NetworkType = 'user' | 'nat' | 'bridge' | 'ovs';

const notYet = (type: string): Verdict =>
  no('NotSupported', `networks of the type ${type} are not supported yet: use user, which needs nothing of the host`);

/** What each type of network is on a node. A user network is part of each qemu: there is nothing to bring up. */
const verdicts = {
  user: yes('Ready', 'every machine has this network inside its own qemu'),
  nat: notYet('nat'),
  bridge: notYet('bridge'),
  ovs: notYet('ovs'),
} as const satisfies Record<NetworkType, Verdict>;

/** @param now RFC 3339 */
export function networkStatus(
  network: VirtualMachineNetwork,
  nodeName: string,
  now: string,
): VirtualMachineNetworkStatus {
  const verdict = judge(network, nodeName);
  const ready = verdict.status === 'True';
  const others = network.status?.nodes?.filter(({ name }) => name !== nodeName) ?? [];
  const entry = { name: nodeName, ready, ...(!ready && { message: verdict.message }) };
  const generation = network.metadata.generation;
  return {
    ...network.status,
    ...(generation !== undefined && { observedGeneration: generation }),
    nodes: isOn(network, nodeName) ? [...others, entry] : others,
    conditions: withCondition(network.status?.conditions, makeCondition(network, 'Ready', verdict, now)),
  };
}

const isOn = ({ spec }: VirtualMachineNetwork, nodeName: string): boolean =>
  spec.nodeNames === undefined || spec.nodeNames.includes(nodeName);

function judge(network: VirtualMachineNetwork, nodeName: string): Verdict {
  const type = (Object.keys(verdicts) as NetworkType[]).find((name) => network.spec[name] !== undefined);
  if (!type) return no('Invalid', 'the network has no type: set user, nat, bridge or ovs');
  if (!isOn(network, nodeName)) return no('NotOnThisNode', `the network is not for the node ${nodeName}`);
  return verdicts[type];
}
