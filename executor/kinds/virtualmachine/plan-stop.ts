import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { StopReason } from '../../controller/types.ts';
import type { Action } from './actions.ts';
import type { Answer, Observed } from './observed.ts';

/** A guest that boots is deaf for a while: the button is pressed again this often. */
const ASK_AGAIN_MS = 10_000;
const STOP = { method: 'Guest', timeoutSeconds: 60 } as const;
const NO_VERDICT = { crashed: false, held: false } as const;

/** Asks the guest, waits until the deadline, then ends qemu. */
export function planStop(machine: VirtualMachine, seen: Observed, qemu: Answer, reason: StopReason): Action[] {
  const { method, timeoutSeconds } = machine.spec.stop ?? STOP;
  const acpi = machine.spec.machine?.features?.acpi !== false;
  const begun = qemu.status !== 'prelaunch';
  if (method === 'Force' || timeoutSeconds === 0 || !acpi || !begun) return [{ type: 'halt', reason, ...NO_VERDICT }];
  const { stopping } = seen.record;
  if (!stopping) {
    const wake: Action[] = qemu.status === 'paused' ? [{ type: 'continue' }] : [];
    return [...wake, { type: 'ask-to-stop', reason, timeoutMs: timeoutSeconds * 1000 }];
  }
  if (seen.now >= stopping.deadline) return [{ type: 'halt', reason: stopping.reason, message: FORCED, ...NO_VERDICT }];
  const askAgain = (seen.askedAt ?? 0) + ASK_AGAIN_MS - seen.now;
  const again: Action[] = askAgain <= 0 ? [{ type: 'ask-again' }] : [];
  const wait = askAgain <= 0 ? ASK_AGAIN_MS : askAgain;
  return [...again, { type: 'wait', ms: Math.min(wait, stopping.deadline - seen.now) }];
}

export const FORCED = 'the guest did not shut down in time and was forced';
