import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { conditionOf, done, failed, judge, working } from './judges.ts';
import type { Judge, Verdict } from './until.ts';

const OFF: readonly string[] = ['Stopped', 'Crashed'];

const find = (machine: VirtualMachine, name: string) => machine.status?.disks?.find((disk) => disk.name === name);

const said = (machine: VirtualMachine, type: string, status: string): string | undefined => {
  const found = conditionOf(machine, type);
  return found?.status === status ? found.message : undefined;
};

/** What cannot be done while the machine runs is told at once: no patience brings it about. */
function needsRestart(machine: VirtualMachine, name: string): Verdict | undefined {
  const message = said(machine, 'RestartRequired', 'True');
  return message?.includes(`spec.disks[${name}]`) ? failed(message) : undefined;
}

const waiting = (machine: VirtualMachine): string =>
  said(machine, 'DisksReady', 'False') ?? said(machine, 'Ready', 'False') ?? 'waiting for the executor';

/** A running machine that has a disk; one that is off has it at its next start. */
export const diskAttached = (name: string): Judge =>
  judge<VirtualMachine>((machine) => {
    if (find(machine, name)?.state === 'Attached') return done('attached');
    const problem = said(machine, 'DisksReady', 'False');
    if (OFF.includes(machine.status?.powerState ?? '') && problem === undefined)
      return done('attached at the next start');
    return needsRestart(machine, name) ?? working(waiting(machine));
  });

/** A guest that has let go of a disk. */
export const diskDetached = (name: string): Judge =>
  judge<VirtualMachine>((machine) => {
    if (!find(machine, name)) return done('detached');
    return needsRestart(machine, name) ?? working(said(machine, 'DetachPending', 'True') ?? 'the guest was asked');
  });

/** A drive with what is wanted in it. */
export const mediumChanged = (name: string): Judge =>
  judge<VirtualMachine>((machine) => {
    const problem = said(machine, 'DisksReady', 'False') ?? said(machine, 'Ready', 'False');
    if (problem === undefined || OFF.includes(machine.status?.powerState ?? ''))
      return needsRestart(machine, name) ?? done('changed');
    return needsRestart(machine, name) ?? working(problem);
  });
