import { isNotFound } from '../../schemas/client/errors.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { Session } from '../api/connect.ts';
import { OURS } from '../api/resources.ts';
import { done, machineIs } from '../wait/judges.ts';
import { type Judge, until } from '../wait/until.ts';

const isOff = ({ status }: VirtualMachine): boolean =>
  status?.powerState === undefined || status.powerState === 'Stopped';

/** Machines of all namespaces that are not off. */
export async function machinesOn(session: Session): Promise<VirtualMachine[]> {
  const { items } = await session.client.list<VirtualMachine>(OURS.VirtualMachine);
  return items.filter((machine) => !isOff(machine));
}

/** What somebody else deletes meanwhile, or the server for its owner's sake, is gone as well. */
export async function unlessGone(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

const stoppedOrGone: Judge = (machine) => (machine === undefined ? done('deleted') : machineIs('Stopped')(machine));

/** Stops every machine, by force where that is asked for, and waits for it. @throws Failure (timedOut) */
export async function stopMachines(session: Session, force: boolean, timeoutMs: number): Promise<number> {
  const machines = await machinesOn(session);
  const spec = { powerState: 'Stopped', ...(force && { stop: { method: 'Force' } }) };
  const stop = ({ metadata }: VirtualMachine) =>
    unlessGone(session.client.patch(OURS.VirtualMachine, metadata, { spec }));
  await Promise.all(machines.map(stop));
  const goals = machines.map(({ metadata: { name, namespace } }) => ({
    resource: OURS.VirtualMachine,
    name,
    namespace,
    judge: stoppedOrGone,
  }));
  await until(session, goals, timeoutMs);
  return machines.length;
}
