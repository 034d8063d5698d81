import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { Failure } from '../errors.ts';
import { quoted } from '../names.ts';
import type { EntryDraft } from './disk-list.ts';

export type Interface = NonNullable<VirtualMachine['spec']['interfaces']>[number];

const interfacesOf = ({ spec }: VirtualMachine): Interface[] => spec.interfaces ?? [];

/** The first of `eth0`, `eth1` … that is free. */
export function freeName(machine: VirtualMachine): string {
  const taken = new Set(interfacesOf(machine).map(({ name }) => name));
  let number = 0;
  while (taken.has(`eth${number}`)) number += 1;
  return `eth${number}`;
}

/** The interfaces with one more. @throws Failure (refused) */
export function withInterface(machine: VirtualMachine, entry: EntryDraft): EntryDraft[] {
  const interfaces = interfacesOf(machine);
  if (interfaces.some(({ name }) => name === entry.name)) {
    const why = `machine "${machine.metadata.name}" has an interface "${entry.name}" already`;
    throw new Failure('refused', why, 'give the new one another name with --as');
  }
  return [...interfaces, entry];
}

/** An interface by its name, or by its network's where only one is on it. @throws Failure (notFound) */
export function findInterface(machine: VirtualMachine, name: string): Interface {
  const interfaces = interfacesOf(machine);
  const onNetwork = interfaces.filter(({ network }) => network?.name === name);
  const found = interfaces.find((nic) => nic.name === name) ?? (onNetwork.length === 1 ? onNetwork[0] : undefined);
  if (found) return found;
  const has = interfaces.map((nic) => nic.name).join(', ') || 'none';
  throw new Failure(
    'notFound',
    `machine "${machine.metadata.name}" has no interface ${quoted(name)}`,
    `it has: ${has}`,
  );
}

export const withoutInterface = (machine: VirtualMachine, { name }: Interface): EntryDraft[] =>
  interfacesOf(machine).filter((nic) => nic.name !== name);

/** The interfaces with something of one of them changed; what becomes undefined is left out. */
export const changedInterface = (machine: VirtualMachine, { name }: Interface, change: object): EntryDraft[] =>
  interfacesOf(machine).map((nic) => (nic.name === name ? { ...nic, ...change } : nic));
