import type { Manifest } from '../../../analyser/index.ts';
import { Failure } from '../../errors.ts';
import type { Host } from './connect.ts';

type Entry = NonNullable<Manifest<'VirtualMachine'>['spec']['disks']>[number];
type Source = NonNullable<Entry['source']>;
type Place = Pick<Source, 'file' | 'block' | 'format'>;

/** One file of the other host. */
export interface RemoteLayer {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
}

const FORMATS: readonly (string | undefined)[] = ['qcow2', 'raw'];

/** @throws Failure for a format that qemu would have to guess */
function layer(path: string | undefined, format: string | undefined, where: string): RemoteLayer {
  if (path === undefined) throw new Failure('failed', `${where} is a chain that does not consist of files`, BY_HAND);
  if (format !== undefined && !FORMATS.includes(format)) {
    throw new Failure('failed', `${where}: ${path} is ${format}; only qcow2 and raw are copied`, BY_HAND);
  }
  return { path, format: format === 'qcow2' ? 'qcow2' : 'raw' };
}

const BY_HAND = 'flatten it there (virsh blockpull), or copy it by hand';
const pathOf = ({ file, block }: Place): string | undefined => file?.path ?? block?.path;

/** The files of a disk, the overlay first, as libvirt's XML tells of them. @throws Failure */
export function layersOf({ source }: Entry, where: string): RemoteLayer[] {
  if (!source) return [];
  if (source.dataFile) throw new Failure('failed', `${where} keeps its data in another file`, BY_HAND);
  return [source, ...(source.backing ?? [])].map((place) => layer(pathOf(place), place.format, where));
}

interface Info {
  readonly filename?: string;
  readonly 'backing-filename-format'?: string;
}

/** What `qemu-img info --backing-chain` printed of the files below an overlay. @throws Failure */
export function readChain(answer: string, where: string): RemoteLayer[] {
  const infos = JSON.parse(answer) as Info[];
  return infos.slice(1).map(({ filename }, index) => {
    const format = infos[index]?.['backing-filename-format'];
    if (format === undefined) {
      const message = `${where}: the format of ${filename} is said nowhere, and guessing it would be unsafe`;
      throw new Failure('failed', message, BY_HAND);
    }
    return layer(filename, format, where);
  });
}

/**
 * The files below an overlay of which the XML says nothing, as that of a machine which is off does not: the other host's own
 * qemu-img reads its headers. Where there is none, what is copied is looked at.
 */
export async function findChain(
  host: Host,
  [top, ...known]: readonly RemoteLayer[],
  where: string,
): Promise<RemoteLayer[]> {
  if (!top) return [];
  if (known.length > 0 || top.format !== 'qcow2') return [top, ...known];
  const words = ['qemu-img', 'info', '--force-share', '--backing-chain', '--output=json', '-f', 'qcow2', top.path];
  const { code, stdout, stderr } = await host.run(words);
  if (code === 127) return [top];
  if (code !== 0) throw new Failure('failed', `qemu-img info on ${host.name}: ${stderr.trim()}`);
  return [top, ...readChain(stdout, where)];
}
