import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { StopReason } from '../../controller/types.ts';
import type { Verdict } from './actions.ts';

type Policy = VirtualMachine['spec']['restartPolicy'];

const CRASHES: readonly StopReason[] = ['GuestPanic', 'QemuExited'];
const AGAIN: Verdict = { crashed: false, held: false };

/** What a policy makes of a machine that should run and ended: whether it backs off, and whether it stays off. */
export function judge(policy: Policy, reason: StopReason): Verdict {
  if (CRASHES.includes(reason)) return { crashed: true, held: policy === 'Never' };
  if (reason === 'GuestShutdown') return { crashed: false, held: policy !== 'Always' };
  return AGAIN;
}
