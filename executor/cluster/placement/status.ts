import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import type { Condition } from '../../../schemas/types/condition.ts';
import { type Finding, fails, holds, toConditions, unknown } from '../../controller/conditions.ts';
import type { PlacementAction } from './plan.ts';

type Report = Extract<PlacementAction, { type: 'report' }>;

function withFindings(machine: VirtualMachine, found: readonly Finding[], now: string): Condition[] {
  const { conditions } = machine.status ?? {};
  const types = found.map(({ type }) => type);
  const others = (conditions ?? []).filter(({ type }) => !types.includes(type));
  return [...toConditions(found, conditions, machine.metadata.generation, now), ...others];
}

/** What is said of a machine that waits for a node. One that is still bound to one says the rest itself. Pure. */
export function waitingStatus(machine: VirtualMachine, { reason, message }: Report, now: string): VirtualMachineStatus {
  const { generation } = machine.metadata;
  const off = reason === 'Stopped';
  const ready = off
    ? holds('Ready', 'Stopped', 'the machine is stopped, as it should be')
    : fails('Ready', reason, message);
  const conditions = withFindings(machine, [ready, fails('Scheduled', reason, message)], now);
  if (machine.spec.nodeName !== undefined) return { ...machine.status, conditions };
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  return { ...machine.status, ...observed, powerState: 'Stopped', conditions };
}

/** What is said of a machine whose node does not report: that nobody knows, and nothing else changes. Pure. */
export function unknownStatus(machine: VirtualMachine, nodeName: string, now: string): VirtualMachineStatus {
  const message = `the node ${nodeName} does not report; its machines may run. They start elsewhere once it is fenced: vmctl node fence ${nodeName}`;
  const conditions = withFindings(machine, [unknown('Ready', 'NodeLost', message)], now);
  return { ...machine.status, powerState: 'Unknown', conditions };
}

/** Whether that was said already. */
export const isSaidUnknown = ({ status }: VirtualMachine): boolean =>
  status?.powerState === 'Unknown' &&
  status.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'NodeLost') === true;
