import { apply } from './kept/apply.ts';
import type { Kept } from './kept/kept.ts';
import { ExportError } from './objects/lookup.ts';
import { ANNOTATIONS, type Manifest } from './objects/manifest.ts';
import { ROOT_OF, ROOTS } from './roots/index.ts';
import { type Tree, toElement, tree } from './table/tree.ts';
import { printXml } from './xml/print.ts';

export { ExportError } from './objects/lookup.ts';

/**
 * libvirt's XML of an object: a domain, network, pool, volume or domainsnapshot. What was imported comes back as it was,
 * together with whatever was changed since.
 *
 * @param objects the images, disks and networks that the object names; more do no harm.
 * @throws ExportError where an object is missing, has no form in libvirt, or an annotation cannot be read.
 */
export function exportObject(object: Manifest, objects: readonly Manifest[]): string {
  const name = ROOT_OF[object.kind];
  const root = name === undefined ? undefined : ROOTS[name];
  if (name === undefined || !root) {
    throw new ExportError(
      `a ${object.kind} has no form in libvirt; export the disks and machines that are made from it`,
    );
  }
  const written = root.write(object, objects) ?? tree(name);
  const kept = object.metadata.annotations?.[ANNOTATIONS.kept];
  const whole = kept === undefined ? (name === 'domain' ? typed(written) : written) : apply(written, parseKept(kept));
  return printXml(toElement(whole));
}

/** libvirt's XML of a machine, as `exportObject`. @throws ExportError */
export const exportDomain = (machine: Manifest<'VirtualMachine'>, objects: readonly Manifest[]): string =>
  exportObject(machine, objects);

/** libvirt wants to be told the accelerator; ours is found by probing. */
const typed = (domain: Tree): Tree => ({ ...domain, attributes: new Map([['type', 'kvm'], ...domain.attributes]) });

function parseKept(text: string): Kept {
  try {
    return JSON.parse(text) as Kept;
  } catch (cause) {
    throw new ExportError(`annotation ${ANNOTATIONS.kept} is no JSON; remove it to export without it`, { cause });
  }
}
