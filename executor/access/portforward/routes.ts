import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Launched } from '../../kinds/virtualmachine/record.ts';
import { macOf } from '../../qemu/devices/interface.ts';
import type { GuestAddress } from './address.ts';

/** One way to a guest's ports. */
export type Route =
  /** Through qemu's own network, by the name of the interface. */
  | { readonly slirp: string }
  /** Through the passt of the interface of that name. */
  | { readonly passt: string }
  | { readonly address: GuestAddress };

/** The ways to a guest, the first interface's first. Pure. */
export function routesOf(machine: VirtualMachine, launched: Launched): Route[] {
  return (launched.spec.interfaces ?? []).flatMap((nic): Route[] => {
    const backend = launched.networks[nic.name];
    if (backend?.user) return [backend.user.program === 'Passt' ? { passt: nic.name } : { slirp: nic.name }];
    const observed = machine.status?.interfaces?.find(({ name }) => name === nic.name);
    const macAddress = macOf(machine.metadata.uid ?? '', nic);
    return (observed?.addresses ?? []).map((address) => ({ address: { address, macAddress } }));
  });
}
