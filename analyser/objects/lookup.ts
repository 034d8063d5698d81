import type { Kind } from '../../schemas/kinds/index.ts';
import type { Manifest } from './manifest.ts';

/** A machine cannot be said in libvirt's terms: something that it names is not there. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}

/** Finds the objects that a machine names. */
export interface Lookup {
  find<K extends Kind>(kind: K, name: string): Manifest<K> | undefined;
  /** File on the node, where an object that was read from an API says it in its status. */
  observedPath(kind: 'VirtualMachineDisk' | 'VirtualMachineImage', name: string): string | undefined;
  /** Path of an image's file. @throws ExportError where there is none. */
  imagePath(name: string): string;
  /** The name that something had in libvirt, where it was another: by `network/NAME`, `disk/NAME`. */
  readonly names: Readonly<Record<string, string>>;
}

export function lookup(objects: readonly Manifest[], names: Readonly<Record<string, string>>): Lookup {
  const find = <K extends Kind>(kind: K, name: string): Manifest<K> | undefined =>
    objects.find((one): one is Manifest<K> => one.kind === kind && one.metadata.name === name);
  const observedPath: Lookup['observedPath'] = (kind, name) =>
    (find(kind, name) as { status?: { path?: string } } | undefined)?.status?.path;
  return {
    find,
    observedPath,
    names,
    imagePath: (name) => {
      const path =
        find('VirtualMachineImage', name)?.spec.source.file?.path ?? observedPath('VirtualMachineImage', name);
      if (path !== undefined) return path;
      throw new ExportError(
        `VirtualMachineImage ${name} is not given, or has no file of the host as its source; give it too`,
      );
    },
  };
}
