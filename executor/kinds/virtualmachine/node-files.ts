import { realpath } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import type { VirtualMachine } from '../../../schemas/kinds/virtual-machine.ts';
import { completeSpec } from '../../qemu/defaults.ts';
import { Refusal } from '../../qemu/refusal.ts';

interface NodeFile {
  readonly field: string;
  readonly path: string;
}

type Spec = ReturnType<typeof completeSpec>;
type Source = NonNullable<Spec['disks'][number]['source']>;
type Backend = NonNullable<Spec['serials'][number]['backend']>;

const named = (field: string, ...paths: readonly (string | undefined)[]): NodeFile[] =>
  paths.flatMap((path) => (path === undefined ? [] : [{ field, path }]));

type Place = Pick<Source, 'file' | 'block' | 'directory' | 'network' | 'vhostUser'>;

const ofPlace = (field: string, place: Place): NodeFile[] =>
  named(
    field,
    place.file?.path,
    place.block?.path,
    place.directory?.path,
    place.network?.configFile,
    place.vhostUser?.path,
  );

function ofSource(field: string, source: Source): NodeFile[] {
  const layers = [source, ...(source.backing ?? [])];
  return layers.flatMap((layer) => [
    ...ofPlace(field, layer),
    ...(layer.dataFile ? ofPlace(field, layer.dataFile) : []),
  ]);
}

const ofBackend = (field: string, backend: Backend | undefined, log: { path: string } | undefined): NodeFile[] =>
  named(field, backend?.device?.path, backend?.file?.path, backend?.pipe?.path, backend?.unix?.path, log?.path);

/** Files of the node that a machine names: what it does with them it does with the rights of whoever runs it. */
export function nodeFiles(spec: Spec): NodeFile[] {
  const { disks, filesystems, serials, consoles, channels, parallels } = spec;
  const characters = { serials, consoles, channels, parallels };
  return [
    ...disks.flatMap(({ name, source }) => (source ? ofSource(`spec.disks[${name}].source`, source) : [])),
    ...filesystems.flatMap(({ name, path, socket }) => named(`spec.filesystems[${name}]`, path, socket)),
    ...Object.entries(characters).flatMap(([list, items]) =>
      items.flatMap(({ name, backend, log }) => ofBackend(`spec.${list}[${name}]`, backend, log)),
    ),
  ];
}

const isInside = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** Where a path leads; that of its folder for a file that qemu is to make. */
const realOf = (path: string): Promise<string> =>
  realpath(path).catch(async () => `${await realpath(dirname(path)).catch(() => dirname(path))}/`);

/**
 * Whatever of the node a machine names must be below a folder that the node's administrator allows.
 * @throws Refusal
 */
export async function checkNodeFiles(machine: VirtualMachine, folders: readonly string[]): Promise<void> {
  for (const { field, path } of nodeFiles(completeSpec(machine.spec))) {
    const real = await realOf(path);
    if (folders.some((folder) => isInside(real, folder))) continue;
    const allowed = folders.length === 0 ? 'no folder is allowed on this node' : `allowed are ${folders.join(', ')}`;
    const message = `${path} may not be used: ${allowed}; have the node's administrator allow its folder (--import-folder)`;
    throw new Refusal('FileNotAllowed', field, message);
  }
}
