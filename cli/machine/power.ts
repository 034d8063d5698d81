import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { Failure } from '../errors.ts';
import type { Power, Request } from '../wait/judges.ts';

/** What a verb does to one machine, and when that is done. */
export interface Change {
  /** Merge patch of the spec; nothing where it is as asked already. */
  readonly spec?: object;
  readonly said: string;
  readonly power: Power;
  readonly request?: Request;
}

export interface Asked {
  readonly token: string;
  readonly force: boolean;
}

export type PowerVerb = 'start' | 'stop' | 'restart' | 'reset' | 'pause' | 'resume';

const refuse = (machine: VirtualMachine, why: string, next: string): Failure =>
  new Failure('refused', `machine "${machine.metadata.name}" ${why}`, `${next} ${machine.metadata.name}`);

const once = (kind: Request['kind'], { token }: Asked, said: string): Change => ({
  spec: { requests: { [kind]: token } },
  said,
  power: 'Running',
  request: { kind, token },
});

/** A machine that should run and was left off by its restart policy starts when it is asked once more. */
function start({ spec, status }: VirtualMachine, asked: Asked): Change {
  if (spec.powerState !== 'Running')
    return { spec: { powerState: 'Running' }, said: 'start requested', power: 'Running' };
  const off = status?.powerState === 'Stopped' || status?.powerState === 'Crashed';
  return off && status.lastStop !== undefined
    ? once('restart', asked, 'start requested')
    : { said: status?.powerState === 'Running' ? 'runs already' : 'is starting already', power: 'Running' };
}

function stop({ spec, status }: VirtualMachine, { force }: Asked): Change {
  const method = force && spec.stop?.method !== 'Force' ? { stop: { method: 'Force' } } : {};
  if (spec.powerState === 'Stopped' && (!force || status?.powerState === 'Stopped'))
    return { said: status?.powerState === 'Stopped' ? 'is stopped already' : 'is stopping already', power: 'Stopped' };
  return {
    spec: { powerState: 'Stopped', ...method },
    said: force ? 'stop by force requested' : 'stop requested',
    power: 'Stopped',
  };
}

function restart(machine: VirtualMachine, asked: Asked): Change {
  if (machine.spec.powerState === 'Stopped') throw refuse(machine, 'is stopped', 'start it with: vmctl start');
  if (machine.spec.powerState === 'Paused') throw refuse(machine, 'is paused', 'let it run first with: vmctl resume');
  return once('restart', asked, 'restart requested');
}

function reset(machine: VirtualMachine, asked: Asked): Change {
  if (machine.spec.powerState === 'Stopped') throw refuse(machine, 'is stopped', 'start it with: vmctl start');
  return { ...once('reset', asked, 'reset requested'), power: machine.spec.powerState };
}

function pause(machine: VirtualMachine): Change {
  if (machine.spec.powerState === 'Stopped')
    throw refuse(machine, 'is stopped, so there is nothing to pause', 'start it with: vmctl start');
  if (machine.spec.powerState === 'Paused') return { said: 'is paused already', power: 'Paused' };
  return { spec: { powerState: 'Paused' }, said: 'pause requested', power: 'Paused' };
}

function resume(machine: VirtualMachine): Change {
  if (machine.spec.powerState === 'Stopped')
    throw refuse(machine, 'is stopped, not paused', 'start it with: vmctl start');
  if (machine.spec.powerState === 'Running') return { said: 'is not paused', power: 'Running' };
  return { spec: { powerState: 'Running' }, said: 'resume requested', power: 'Running' };
}

export const changes = { start, stop, restart, reset, pause, resume } satisfies Record<
  PowerVerb,
  (machine: VirtualMachine, asked: Asked) => Change
>;
