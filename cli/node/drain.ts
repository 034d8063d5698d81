import { RESERVATION } from '../../schemas/kinds/annotations.ts';
import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import type { KubeObject } from '../../schemas/types/object.ts';
import type { Judge } from '../wait/until.ts';

/** What a drain does to one machine. */
export interface Leaving {
  readonly machine: VirtualMachine;
  /** `move`: it is stopped here and placed anew; `stop`: it stays off until somebody starts it. */
  readonly how: 'move' | 'stop';
  /** Merge patch of the spec; nothing where it is as asked already. */
  readonly spec?: object;
}

/**
 * How the machines of a node leave it. Whom the scheduler has placed, it places anew; whom a person has bound is stopped, and
 * so is everything with `stopAll`. Pure.
 */
export function planDrain(
  machines: readonly VirtualMachine[],
  node: string,
  { token, stopAll }: { token: string; stopAll: boolean },
): Leaving[] {
  return machines.map((machine) => {
    const isPlaced = machine.metadata.annotations?.[RESERVATION] === node && machine.spec.powerState !== 'Stopped';
    if (isPlaced && !stopAll) {
      const isLeaving = machine.spec.nodeName !== node;
      return { machine, how: 'move', ...(!isLeaving && { spec: { nodeName: null, requests: { evict: token } } }) };
    }
    const isStopped = machine.spec.powerState === 'Stopped';
    return { machine, how: 'stop', ...(!isStopped && { spec: { powerState: 'Stopped' } }) };
  });
}

/** Whether nothing of a machine runs on a node any more. */
export const hasLeft =
  (node: string): Judge =>
  (object: KubeObject | undefined) => {
    if (!object) return { state: 'done', detail: 'gone' };
    const { spec, status } = object as VirtualMachine;
    if (status?.nodeName !== node) return { state: 'done', detail: `left ${node}` };
    const isOff = status.powerState === 'Stopped' || status.powerState === 'Crashed';
    if (spec.powerState === 'Stopped' && isOff) return { state: 'done', detail: 'Stopped' };
    const seconds = spec.stop?.timeoutSeconds;
    const limit = seconds === undefined ? '' : ` (forced ${seconds} s after it was asked)`;
    return { state: 'working', detail: `${status.powerState ?? 'Unknown'}${limit}` };
  };
