import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import type { Launched } from '../../kinds/virtualmachine/record.ts';
import { macOf } from '../../qemu/devices/interface.ts';
import type { GuestAddress } from './address.ts';

/** One way to a guest's ports. */
export type Route =
  /** Through qemu's own network, by the name of the interface. */
  | { readonly slirp: string; readonly address?: undefined }
  | { readonly address: GuestAddress; readonly slirp?: undefined };

/** The ways to a guest, the first interface's first. Pure. */
export function routesOf(machine: VirtualMachine, launched: Launched): Route[] {
  return (launched.spec.interfaces ?? []).flatMap((nic): Route[] => {
    const backend = launched.networks[nic.name];
    if (backend?.user) return [{ slirp: nic.name }];
    const observed = machine.status?.interfaces?.find(({ name }) => name === nic.name);
    const macAddress = macOf(machine.metadata.uid ?? '', nic);
    return (observed?.addresses ?? []).map((address) => ({ address: { address, macAddress } }));
  });
}
