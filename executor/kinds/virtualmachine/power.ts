import type { VirtualMachine, VirtualMachineStatus } from '../../../schemas/kinds/virtual-machine.ts';
import type { RunState } from '../../qmp/index.ts';
import { goalOf } from './goal.ts';
import type { Observed } from './observed.ts';

type Power = NonNullable<VirtualMachineStatus['powerState']>;

const POWER = {
  running: 'Running',
  suspended: 'Running',
  colo: 'Running',
  prelaunch: 'Starting',
  inmigrate: 'Starting',
  'restore-vm': 'Paused',
  'save-vm': 'Paused',
  'finish-migrate': 'Paused',
  postmigrate: 'Paused',
  paused: 'Paused',
  debug: 'Paused',
  'io-error': 'Paused',
  watchdog: 'Paused',
  shutdown: 'Stopping',
  'guest-panicked': 'Crashed',
  'internal-error': 'Crashed',
} as const satisfies Record<RunState, Power>;

const CRASHES: readonly string[] = ['QemuExited', 'GuestPanic'];

/** What a machine is, in one word. */
export function observedPower(machine: VirtualMachine, seen: Observed): Power {
  const { process, qemu, record } = seen;
  if (process.state === 'gone') {
    const crashed = CRASHES.includes(record.lastStop?.reason ?? '') && goalOf(machine) !== 'Stopped';
    return crashed ? 'Crashed' : 'Stopped';
  }
  if (!qemu) return 'Unknown';
  const stopping = goalOf(machine) === 'Stopped' || record.doing.restart !== undefined;
  if (qemu.status === 'running' && record.stopping && stopping) return 'Stopping';
  if (qemu.status === 'prelaunch' && record.launched?.ready && goalOf(machine) === 'Paused') return 'Paused';
  return POWER[qemu.status];
}
