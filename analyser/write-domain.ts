import { domain } from './elements/domain.ts';
import type { Manifest } from './objects/manifest.ts';
import { toLibvirt } from './objects/to-libvirt.ts';
import type { Tree } from './table/tree.ts';
import { writeElement } from './table/write.ts';

/** The domain that a machine's fields stand for, without what was kept beside them. */
export const writeDomain = (
  machine: Manifest<'VirtualMachine'>,
  objects: readonly Manifest[],
  everyForm = true,
): Tree | undefined => writeElement('domain', domain, toLibvirt(machine, objects, everyForm))[0];
