import { keyOf } from '../../controller/keys.ts';
import type { Context } from '../../controller/types.ts';
import { endDeparted } from './departed.ts';
import { placementOf } from './index.ts';
import type { MachineRegistry } from './machines.ts';

const LOOK_MS = 1000;
/** Looks between two searches for machines that are not this node's any more. */
const LOOKS_PER_SEARCH = 5;

/**
 * Looks at what no change of an object tells: that this node's lease ran out, and that the host has something of a machine that
 * another node has by now. Does nothing where the node is the only one.
 */
export function watchPlacement(context: Context, machines: MachineRegistry): { close(): void } {
  if (context.settings.standalone) return { close: () => {} };
  let looks = 0;
  let busy = false;
  const search = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    await endDeparted({ context, machines, placement: () => placementOf(context) });
    busy = false;
  };
  const look = (): void => {
    const lost = context.leaseLost?.() ?? false;
    if (lost) wakeStoppable(context);
    if (looks % LOOKS_PER_SEARCH === 0 && !lost) void search();
    looks += 1;
  };
  const timer = setInterval(look, LOOK_MS);
  return { close: () => clearInterval(timer) };
}

/** Their status cannot be written meanwhile, so that nothing else brings them up in time. */
function wakeStoppable({ store, enqueue }: Context): void {
  for (const machine of store.list('VirtualMachine')) {
    if (machine.spec.leaseLostPolicy === 'Stop') enqueue('VirtualMachine', keyOf(machine));
  }
}
