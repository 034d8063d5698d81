import type { VirtualMachineSpec } from '../../schemas/kinds/virtual-machine.ts';
import { completeSpec } from '../qemu/defaults.ts';
import { channelSocket } from '../qemu/sockets.ts';

/** What qemu-guest-agent opens in the guest. */
const AGENT_PORT = 'org.qemu.guest_agent.0';

/** The place of the guest agent's channel in the list of channels; nothing where it has none, or one that leads elsewhere. */
export function agentChannel(spec: VirtualMachineSpec): number | undefined {
  const index = completeSpec(spec).channels.findIndex(
    ({ agent, port, backend }) => backend === undefined && (agent !== undefined || port?.name === AGENT_PORT),
  );
  return index < 0 ? undefined : index;
}

/** The socket of the guest agent's channel in a machine's run folder, for `withAgent`; nothing where it has none. */
export function agentSocket(spec: VirtualMachineSpec, runDir: string): string | undefined {
  const index = agentChannel(spec);
  return index === undefined ? undefined : channelSocket(runDir, index);
}
