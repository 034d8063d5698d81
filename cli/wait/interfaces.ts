import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { conditionOf, done, failed, judge, working } from './judges.ts';
import type { Judge, Verdict } from './until.ts';

const OFF: readonly string[] = ['Stopped', 'Crashed'];

const has = (machine: VirtualMachine, name: string): boolean =>
  machine.status?.interfaces?.some((nic) => nic.name === name) ?? false;

const said = (machine: VirtualMachine, type: string, status: string): string | undefined => {
  const found = conditionOf(machine, type);
  return found?.status === status ? found.message : undefined;
};

/** What cannot be done while the machine runs is told at once: no patience brings it about. */
function needsRestart(machine: VirtualMachine, name: string): Verdict | undefined {
  const message = said(machine, 'RestartRequired', 'True');
  return message?.includes(`spec.interfaces[${name}]`) ? failed(message) : undefined;
}

const isOff = (machine: VirtualMachine): boolean => OFF.includes(machine.status?.powerState ?? '');

/** A running machine that has an interface; one that is off has it at its next start. */
export const interfaceAttached = (name: string): Judge =>
  judge<VirtualMachine>((machine) => {
    if (has(machine, name)) return done('attached');
    if (isOff(machine)) return done('attached at the next start');
    const waiting = said(machine, 'NetworksReady', 'False') ?? 'waiting for the executor';
    return needsRestart(machine, name) ?? working(waiting);
  });

/** A guest that has let go of an interface. */
export const interfaceDetached = (name: string): Judge =>
  judge<VirtualMachine>((machine) => {
    if (!has(machine, name)) return done('detached');
    return needsRestart(machine, name) ?? working(said(machine, 'DetachPending', 'True') ?? 'the guest was asked');
  });

/** A machine that has taken what was changed of an interface, or takes it with its next start. */
export const interfaceChanged = (name: string): Judge =>
  judge<VirtualMachine>((machine) => {
    if (isOff(machine)) return done('changed from the next start on');
    return needsRestart(machine, name) ?? done('changed');
  });
