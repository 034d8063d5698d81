import { join } from 'node:path';
import type { Manifest } from '../../../analyser/index.ts';
import { Failure } from '../../errors.ts';
import { layersOf, type RemoteLayer } from './chain.ts';

type Machine = Manifest<'VirtualMachine'>;
type Entry = NonNullable<Machine['spec']['disks']>[number];

/** Files of the other host that become an image here. */
export interface Copy {
  /** One, or a chain, the overlay first. */
  readonly layers: readonly RemoteLayer[];
  /** The machine and the disk, for people. */
  readonly where: string;
  /** File with the passphrase of what is encrypted. */
  readonly passphrase?: string;
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

const isFile = ({ source }: Entry): boolean => (source?.file ?? source?.block) !== undefined;

/** What is encrypted comes with the file of its passphrase. @throws Failure */
function passphraseOf({ name, source }: Entry, where: string, files: Passphrases): { passphrase?: string } {
  if (!source?.encryption) return {};
  const { format } = source.encryption;
  if (format !== 'luks') throw new Failure('failed', `${where} is encrypted with ${format}`, 'copy it by hand');
  const passphrase = files[name];
  if (passphrase !== undefined) return { passphrase };
  throw new Failure(
    'failed',
    `${where} is encrypted`,
    `name a file with its passphrase: --passphrase-file ${name}=FILE`,
  );
}

/** Files with passphrases, by the names of disks. */
export type Passphrases = Readonly<Record<string, string>>;

export interface Keeping {
  /** Where the copies lie. */
  readonly folder: string;
  /** Whether they stay there and are imported as files; else they are sent. */
  readonly kept: boolean;
  readonly pool?: string | undefined;
  readonly passphrases?: Passphrases;
}

/** The same machines with disks of their own in place of the other host's files. Pure: says what is to be copied. */
export function withOwnDisks(objects: readonly Manifest[], keeping: Keeping): Copied {
  const { folder, kept, pool = 'default', passphrases = {} } = keeping;
  const copies: Copy[] = [];
  const made: Manifest[] = [];
  const machines = objects.map((object) => {
    if (!isMachine(object)) return object;
    const { name: machine, namespace } = object.metadata;
    const place = namespace === undefined ? {} : { namespace };
    const disks = object.spec.disks?.map((entry): Entry => {
      if (!isFile(entry)) return entry;
      const where = `the disk ${entry.name} of ${machine}`;
      const layers = layersOf(entry, where);
      const unlocked = passphraseOf(entry, where, passphrases);
      const image = `${machine}-${entry.name}`;
      const to = join(folder, `${image}.img`);
      const [secretRef] = entry.source?.encryption?.secrets ?? [];
      // One file is made of a chain, and of what is encrypted, and is qcow2.
      const format = layers.length === 1 && !entry.source?.encryption ? (layers[0]?.format ?? 'raw') : 'qcow2';
      copies.push({ layers, where, to, image, ...unlocked });
      const source = kept ? { file: { path: to } } : { upload: {} };
      made.push({
        ...object,
        kind: 'VirtualMachineImage',
        metadata: { name: image, ...place },
        spec: { source, format, pool },
      } as Manifest);
      const { source: _, ...rest } = entry;
      if (entry.device === 'cdrom' || entry.device === 'floppy') return { ...rest, image: { name: image } };
      const encryption = secretRef && { encryption: { secretRef } };
      const spec = { pool, format, source: { image: { name: image } }, ...encryption };
      made.push({ ...object, kind: 'VirtualMachineDisk', metadata: { name: image, ...place }, spec } as Manifest);
      return { ...rest, disk: { name: image } };
    });
    return { ...object, spec: { ...object.spec, ...(disks && { disks }) } };
  });
  return { objects: [...made, ...machines], copies };
}
