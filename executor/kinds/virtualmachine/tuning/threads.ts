import type { VirtualMachineSpec } from '../../../../schemas/kinds/virtual-machine.ts';
import { numbersOf } from '../../../qemu/devices/number-set.ts';

/** Threads of a running qemu by what they do. */
export interface Threads {
  /** Thread of each virtual CPU, by its number. */
  readonly vcpus: ReadonlyMap<number, number>;
  /** Thread of each of spec.iothreads, by its name. */
  readonly iothreads: ReadonlyMap<string, number>;
  /** All others: the main loop, monitors, displays. */
  readonly emulator: readonly number[];
}

/** A program of the host and its arguments, and the field that it is for. */
export interface ThreadCommand {
  readonly field: string;
  readonly program: 'taskset' | 'chrt';
  readonly args: readonly string[];
}

const pin = (field: string, cpus: string, thread: number): ThreadCommand => ({
  field,
  program: 'taskset',
  args: ['--pid', '--cpu-list', cpus, String(thread)],
});

const POLICIES = { batch: '--batch', idle: '--idle', fifo: '--fifo', rr: '--rr' } as const;

type Scheduler = NonNullable<NonNullable<VirtualMachineSpec['tuning']>['schedulers']>[number];

const schedule = ({ policy, priority }: Scheduler, thread: number): ThreadCommand => ({
  field: 'spec.tuning.schedulers',
  program: 'chrt',
  args: [POLICIES[policy], '--pid', String(priority ?? 0), String(thread)],
});

/** What has to be done to the threads of a machine that has just started. */
export function threadCommands(spec: VirtualMachineSpec, threads: Threads): ThreadCommand[] {
  return [...pins(spec, threads), ...(spec.tuning?.schedulers ?? []).flatMap((one) => scheduled(spec, one, threads))];
}

function pins({ cpu, iothreads = [], tuning }: VirtualMachineSpec, threads: Threads): ThreadCommand[] {
  const { emulatorCpus } = tuning ?? {};
  return [
    ...(emulatorCpus === undefined
      ? []
      : threads.emulator.map((thread) => pin('spec.tuning.emulatorCpus', emulatorCpus, thread))),
    ...(cpu?.pinning ?? []).flatMap(({ vcpu, cpuset }) => {
      const thread = threads.vcpus.get(vcpu);
      return thread === undefined ? [] : [pin(`spec.cpu.pinning[${vcpu}]`, cpuset, thread)];
    }),
    ...iothreads.flatMap(({ name, cpuset }) => {
      const thread = threads.iothreads.get(name);
      return thread === undefined || cpuset === undefined
        ? []
        : [pin(`spec.iothreads[${name}].cpuset`, cpuset, thread)];
    }),
  ];
}

function scheduled(spec: VirtualMachineSpec, rule: Scheduler, threads: Threads): ThreadCommand[] {
  const { vcpus, iothreads, emulator } = rule;
  const named = (spec.iothreads ?? []).map(({ name }) => name);
  const found = [
    ...(vcpus === undefined ? [] : numbersOf(vcpus).map((number) => threads.vcpus.get(number))),
    ...(iothreads === undefined
      ? []
      : numbersOf(iothreads).map((number) => threads.iothreads.get(named[number - 1] ?? ''))),
    ...(emulator ? threads.emulator : []),
  ];
  return found.flatMap((thread) => (thread === undefined ? [] : [schedule(rule, thread)]));
}
