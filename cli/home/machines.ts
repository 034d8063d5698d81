import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { machineIs } from '../wait/judges.ts';
import { until } from '../wait/until.ts';

const isOff = ({ status }: VirtualMachine): boolean =>
  status?.powerState === undefined || status.powerState === 'Stopped';

/** Machines of all namespaces that are not off. */
export async function machinesOn(session: Session): Promise<VirtualMachine[]> {
  const { items } = await session.client.list<VirtualMachine>(OURS.VirtualMachine);
  return items.filter((machine) => !isOff(machine));
}

/** Stops every machine, by force where that is asked for, and waits for it. @throws Failure (timedOut) */
export async function stopMachines(session: Session, force: boolean, timeoutMs: number): Promise<number> {
  const machines = await machinesOn(session);
  const spec = { powerState: 'Stopped', ...(force && { stop: { method: 'Force' } }) };
  await Promise.all(machines.map(({ metadata }) => session.client.patch(OURS.VirtualMachine, metadata, { spec })));
  const goals = machines.map(({ metadata: { name, namespace } }) => ({
    resource: OURS.VirtualMachine,
    name,
    namespace,
    judge: machineIs('Stopped'),
  }));
  await until(session, goals, timeoutMs);
  return machines.length;
}
