import { keptWhole } from '../table/children.ts';
import { sweep } from '../table/read.ts';
import { ignored, refused, runtime } from '../table/rule.ts';
import type { Child, Whole } from '../table/table.ts';
import { attributeOf, childOf, type XmlElement } from '../xml/infoset.ts';

const OWN = 'qemu is confined by the executor, with a sandbox, a user and a cgroup of its own';

function choose(node: XmlElement): Whole {
  if (attributeOf(node, 'type') === 'static') return { whole: refused('fixed security labels are not supported') };
  const labelled = childOf(node, 'label') ?? childOf(node, 'imagelabel');
  return { whole: labelled ? runtime('the labels of a running machine') : ignored(OWN) };
}

export const seclabel: Child<unknown> = {
  ...keptWhole(OWN),
  read: (node, _, reading) => sweep(node, choose(node).whole, reading),
};
