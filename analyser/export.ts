import { apply } from './kept/apply.ts';
import type { Kept } from './kept/kept.ts';
import { ExportError } from './objects/lookup.ts';
import { ANNOTATIONS, type Manifest } from './objects/manifest.ts';
import { type Tree, toElement, tree } from './table/tree.ts';
import { writeDomain } from './write-domain.ts';
import { printXml } from './xml/print.ts';

export { ExportError } from './objects/lookup.ts';

/**
 * libvirt's XML of a machine. What was imported comes back as it was, together with whatever was changed since.
 *
 * @param objects the images, disks and networks that the machine names; more do no harm.
 * @throws ExportError where an object is missing or an annotation cannot be read.
 */
export function exportDomain(machine: Manifest<'VirtualMachine'>, objects: readonly Manifest[]): string {
  const kept = machine.metadata.annotations?.[ANNOTATIONS.kept];
  const written = writeDomain(machine, objects, kept !== undefined) ?? tree('domain');
  const whole = kept === undefined ? typed(written) : apply(written, parseKept(kept));
  return printXml(toElement(whole));
}

/** libvirt wants to be told the accelerator; ours is found by probing. */
const typed = (domain: Tree): Tree => ({ ...domain, attributes: new Map([['type', 'kvm'], ...domain.attributes]) });

function parseKept(text: string): Kept {
  try {
    return JSON.parse(text) as Kept;
  } catch (cause) {
    throw new ExportError(`annotation ${ANNOTATIONS.kept} is no JSON; remove it to export without it`, { cause });
  }
}
