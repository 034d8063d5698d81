import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { AccessHost } from '../access/host.ts';
import { observeUsage, type Usage } from './usage.ts';

export interface MachineUsage {
  readonly machine: VirtualMachine;
  readonly usage: Usage;
}

/** What one machine uses; nothing where it does not run. */
export async function usageOf({ machines }: AccessHost, machine: VirtualMachine): Promise<Usage | undefined> {
  const uid = machine.metadata.uid ?? '';
  const qmp = machines.qmp(uid);
  const pid = machine.status?.pid;
  if (!qmp || !pid) return undefined;
  const { launched } = await machines.handle(uid).record(machine);
  if (!launched) return undefined;
  // One that ends while it is looked at is no error.
  return observeUsage(qmp, pid, launched).catch(() => undefined);
}

/** All machines of this node that run. */
export async function allUsage(host: AccessHost): Promise<MachineUsage[]> {
  const looked = host.context.store.list('VirtualMachine').map(async (machine) => {
    const usage = await usageOf(host, machine);
    return usage ? [{ machine, usage }] : [];
  });
  return (await Promise.all(looked)).flat();
}
