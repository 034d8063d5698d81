import type { VirtualMachine } from '../../schemas/kinds/virtual-machine.ts';
import { Failure, usage } from '../errors.ts';
import { quoted } from '../names.ts';

export type Entry = NonNullable<VirtualMachine['spec']['disks']>[number];
/** What a command writes of an entry; the API fills in the rest. */
export type EntryDraft = Pick<Entry, 'name'> & { readonly [field: string]: unknown };

const LONGEST = 63;

/** A name inside a machine for a disk: its own where that is a label, made one where it is not. */
export const entryName = (disk: string): string => disk.replaceAll('.', '-').slice(0, LONGEST).replaceAll(/-+$/g, '');

const refuse = ({ metadata }: VirtualMachine, why: string, hint: string): Failure =>
  new Failure('refused', `machine "${metadata.name}" ${why}`, hint);

const namesOf = (entries: readonly Entry[]): string => entries.map(({ name }) => name).join(', ') || 'none';

const isDrive = ({ device }: Entry): boolean => device === 'cdrom' || device === 'floppy';

/** The disks with one more. @throws Failure (refused) */
export function withEntry(machine: VirtualMachine, entry: EntryDraft): EntryDraft[] {
  const disks = machine.spec.disks ?? [];
  if (disks.some(({ name }) => name === entry.name))
    throw refuse(machine, `has a disk "${entry.name}" already`, 'give the new one another name with --as');
  return [...disks, entry];
}

/** The entry of a disk, by its name in the machine or that of its VirtualMachineDisk. @throws Failure (notFound) */
export function findEntry(machine: VirtualMachine, name: string): Entry {
  const disks = machine.spec.disks ?? [];
  const found = disks.find((entry) => entry.name === name) ?? disks.find(({ disk }) => disk?.name === name);
  if (found) return found;
  const has = `it has: ${namesOf(disks)}`;
  throw new Failure('notFound', `machine "${machine.metadata.name}" has no disk ${quoted(name)}`, has);
}

/** The drive that a command means: the one it names, else the only one. @throws Failure */
export function findDrive(machine: VirtualMachine, name: string | undefined): Entry {
  const drives = (machine.spec.disks ?? []).filter(isDrive);
  if (name !== undefined) {
    const found = findEntry(machine, name);
    if (isDrive(found)) return found;
    const hint = `a medium is changed in a drive; to take a disk out: vmctl disk detach ${machine.metadata.name} ${name}`;
    throw refuse(machine, `has a ${found.device} "${name}", which is no drive`, hint);
  }
  const [only] = drives;
  if (!only) throw refuse(machine, 'has no CD-ROM and no floppy drive', 'add one to spec.disks with: vmctl edit vm');
  if (drives.length > 1) throw usage('which drive?', `name one of: ${namesOf(drives)}`);
  return only;
}

/** The disks with another medium in one drive; with none it is empty. */
export function withMedium(machine: VirtualMachine, drive: Entry, medium: object): EntryDraft[] {
  const { image: _image, disk: _disk, blank: _blank, source: _source, ...empty } = drive;
  return (machine.spec.disks ?? []).map((entry) => (entry.name === drive.name ? { ...empty, ...medium } : entry));
}

export const withoutEntry = (machine: VirtualMachine, { name }: Entry): EntryDraft[] =>
  (machine.spec.disks ?? []).filter((entry) => entry.name !== name);
