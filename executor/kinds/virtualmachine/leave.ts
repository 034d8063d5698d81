import { resourceOf } from '../../../schemas/client/paths.ts';
import { HOLDER, RESERVATION, STATE_NODE } from '../../../schemas/kinds/annotations.ts';
import { kindNames } from '../../../schemas/kinds/names.ts';
import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import { removeSeeds } from '../../cloudinit/index.ts';
import { removeFinalizer } from '../../controller/finalizer.ts';
import { writeStatus } from '../../controller/status.ts';
import { removeCgroup, removeRunDir } from '../../host/index.ts';
import { isEmulated } from '../../qemu/helpers.ts';
import { reservationOf } from './holder.ts';
import type { Run } from './run.ts';

const TYPE = resourceOf(kindNames.VirtualMachine);

/** Whether a node keeps a part of the machine that is in no pool: a TPM's memory, the firmware's variables. */
export function hasNodeState({ spec }: Pick<VirtualMachine, 'spec'>): boolean {
  const { uefi } = spec.machine?.firmware ?? {};
  return isEmulated(spec.tpm) || (uefi !== undefined && !uefi.stateless);
}

/** What is left of a status once no node has the machine. Pure. */
export function statusWithoutNode(status: VirtualMachineStatus | undefined): VirtualMachineStatus {
  const {
    nodeName: _node,
    pid: _pid,
    startedAt: _at,
    addresses: _a,
    interfaces: _i,
    disks: _d,
    ...rest
  } = status ?? {};
  return { ...rest, powerState: 'Stopped' };
}

/** Metadata of a machine that its node lets go of: no hold, no reservation, and where its state stays. Pure. */
export const metadataWithoutNode = (machine: VirtualMachine, nodeName: string): object => ({
  annotations: {
    ...(reservationOf(machine) !== undefined && { [RESERVATION]: null }),
    ...(machine.metadata.annotations?.[HOLDER] !== undefined && { [HOLDER]: null }),
    ...(hasNodeState(machine) && { [STATE_NODE]: nodeName }),
  },
});

/**
 * Frees what this node has of a machine that goes elsewhere, and says so last: whoever waits may start it from then on.
 * The firmware's variables and the TPM's memory stay here for its return.
 */
export async function leaveNode(run: Run): Promise<void> {
  const { context, machines, handle, machine } = run;
  handle.forget();
  await removeCgroup(machines.host.cgroups, handle.uid);
  await removeRunDir(machines.host.paths, handle.uid);
  await removeSeeds(machines.host.paths, handle.uid);
  machines.drop(handle.uid);
  const { namespace, name } = machine.metadata;
  const free = (await removeFinalizer(context.client, TYPE, machine)) ?? machine;
  const { resourceVersion } = free.metadata;
  const metadata = { ...metadataWithoutNode(free, context.nodeName), resourceVersion };
  const bare = await context.client.patch<VirtualMachine>(TYPE, { namespace, name }, { metadata });
  const left = await writeStatus(context.client, TYPE, bare, ({ status }) => statusWithoutNode(status));
  if (left) context.refresh('VirtualMachine', left);
  context.events.record(machine, 'Normal', 'Left', `the node ${context.nodeName} has let go of the machine`);
}

/** Says that this node has the machine. Of two that try, the API lets one. @throws ApiError of a conflict: look again */
export async function takeMachine(run: Run): Promise<void> {
  const { context, machine } = run;
  const status = { ...machine.status, nodeName: context.nodeName };
  run.machine = await context.client.replace<VirtualMachine>(TYPE, { ...machine, status }, { subresource: 'status' });
  context.refresh('VirtualMachine', run.machine);
}
