import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Context, Store } from '../../controller/types.ts';
import { ownerOf } from '../../network/names.ts';
import type { WantedMacvtap } from '../../network/tap/macvtap.ts';
import type { WantedTap } from '../../network/tap/plan.ts';
import { handedInterfaces } from '../../qemu/devices/interface.ts';
import type { MachineHost } from './host.ts';
import type { Resources } from './resources.ts';

export interface TapParts {
  readonly context: Context;
  readonly host: MachineHost;
  readonly machine: VirtualMachine;
  readonly resources: Pick<Resources, 'networks'>;
}

/** The taps of a machine, as they should be. Pure. */
export function wantedTaps({ context, host, machine, resources }: TapParts): WantedTap[] {
  const { uid, gid } = host.user.user ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return Object.entries(resources.networks).flatMap(([nic, { tap: backend }]) => {
    if (!backend) return [];
    const mark = {
      owner: ownerOf(context.settings.home),
      network: backend.network,
      machine: machine.metadata.uid ?? '',
      nic,
    };
    return [{ backend, mark, owner: { uid, gid } }];
  });
}

/** Its macvtaps, in the order in which qemu gets them. Pure. */
export function wantedMacvtaps({ context, machine, resources }: Omit<TapParts, 'host'>): WantedMacvtap[] {
  const mark = { owner: ownerOf(context.settings.home), network: '-', machine: machine.metadata.uid ?? '' };
  return handedInterfaces({ spec: machine.spec, networks: resources.networks }).flatMap((nic) => {
    const backend = resources.networks[nic]?.macvtap;
    return backend ? [{ nic, backend, mark: { ...mark, nic } }] : [];
  });
}

/** Whether a machine of this node may ever get a tap: an interface may come while it runs. */
export const usesTaps = (store: Store): boolean =>
  store.list('VirtualMachineNetwork').some(({ spec }) => spec.user === undefined) ||
  store.list('VirtualMachine').some(({ spec }) => spec.interfaces?.some(({ connection }) => connection?.tap));
