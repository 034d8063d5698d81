import { join } from 'node:path';
import type { Manifest } from '../../../analyser/index.ts';
import { Failure } from '../../errors.ts';

type Machine = Manifest<'VirtualMachine'>;
type Entry = NonNullable<Machine['spec']['disks']>[number];

/** A file of the other host that becomes an image here. */
export interface Copy {
  readonly from: string;
  /** File of this host. */
  readonly to: string;
  /** The image that is made of it. */
  readonly image: string;
}

export interface Copied {
  readonly objects: readonly Manifest[];
  readonly copies: readonly Copy[];
}

const isMachine = (object: Manifest): object is Machine => object.kind === 'VirtualMachine';

const pathOf = ({ source }: Entry): string | undefined => source?.file?.path ?? source?.block?.path;

/** What is copied must be one file, and say what it holds: nothing is ever probed. */
function check({ name, source }: Entry, machine: string): void {
  const chain = (source?.backing?.length ?? 0) > 0 || source?.dataFile !== undefined;
  const next = 'flatten it there (virsh blockpull), or copy it by hand';
  if (chain) throw new Failure('failed', `the disk ${name} of ${machine} is a chain of files`, next);
  if (source?.encryption)
    throw new Failure('failed', `the disk ${name} of ${machine} is encrypted`, 'copy it by hand, with its secret');
}

/**
 * The same machines with disks of their own in place of the other host's files. Pure: says what is to be copied.
 *
 * @param folder where the copies lie.
 * @param kept whether they stay there and are imported as files; else they are sent.
 */
export function withOwnDisks(objects: readonly Manifest[], folder: string, kept: boolean, pool = 'default'): Copied {
  const copies: Copy[] = [];
  const made: Manifest[] = [];
  const machines = objects.map((object) => {
    if (!isMachine(object)) return object;
    const { name: machine, namespace } = object.metadata;
    const place = namespace === undefined ? {} : { namespace };
    const disks = object.spec.disks?.map((entry): Entry => {
      const from = pathOf(entry);
      if (from === undefined) return entry;
      check(entry, machine);
      const image = `${machine}-${entry.name}`;
      const to = join(folder, `${image}.img`);
      const format = entry.source?.format === 'qcow2' ? 'qcow2' : 'raw';
      copies.push({ from, to, image });
      const source = kept ? { file: { path: to } } : { upload: {} };
      made.push({
        ...object,
        kind: 'VirtualMachineImage',
        metadata: { name: image, ...place },
        spec: { source, format, pool },
      } as Manifest);
      const { source: _, ...rest } = entry;
      if (entry.device === 'cdrom' || entry.device === 'floppy') return { ...rest, image: { name: image } };
      const spec = { pool, format, source: { image: { name: image } } };
      made.push({ ...object, kind: 'VirtualMachineDisk', metadata: { name: image, ...place }, spec } as Manifest);
      return { ...rest, disk: { name: image } };
    });
    return { ...object, spec: { ...object.spec, ...(disks && { disks }) } };
  });
  return { objects: [...made, ...machines], copies };
}
