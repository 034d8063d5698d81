import type { VirtualMachineNetwork } from '../../../schemas/kinds/network.ts';
import { isHeld } from '../../controller/finalizer.ts';
import { planFree, planHost } from '../../network/host/plan.ts';
import type { Seen } from '../../network/host/seen.ts';
import type { HostAction } from '../../network/host/wanted.ts';
import { watchTable } from '../../network/nft/watch-table.ts';
import { routerSpec } from '../../network/router/mode.ts';
import { isDeleting } from '../common/object.ts';
import type { ObservedNetwork } from './observe.ts';

export type NetworkAction = HostAction | { readonly type: 'hold' };

/** Networks that are a part of each qemu take nothing of the host. */
export const needsHost = ({ spec }: VirtualMachineNetwork): boolean => spec.user === undefined;

/** What to do for a network that stays. Pure. */
export function planNetwork(network: VirtualMachineNetwork, observed: ObservedNetwork, owner: string): NetworkAction[] {
  if (isDeleting(network)) return [];
  if (!isHeld(network)) return [{ type: 'hold' }];
  return planHost(observed.wanted.host, watchTable(owner), observed.host);
}

/** What to do for one that goes: nothing while a machine is on it. Pure. */
export function planLeaving(
  network: VirtualMachineNetwork,
  seen: Seen,
  others: readonly VirtualMachineNetwork[],
  owner: string,
): HostAction[] {
  if (seen.taps.length > 0) return [];
  const staying = others.filter((other) => needsHost(other) && !isDeleting(other));
  const router = !staying.some(({ spec }) => routerSpec(spec));
  const mark = { owner, network: network.metadata.uid ?? '' };
  return planFree(seen, { router, watcher: staying.length === 0 }, mark);
}
