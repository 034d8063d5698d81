import { contradictions } from '../checks/index.ts';
import { domain } from '../elements/domain.ts';
import { emptyDraft } from '../elements/draft.ts';
import { fromLibvirt } from '../objects/from-libvirt.ts';
import type { Manifest } from '../objects/manifest.ts';
import { readElement } from '../table/read.ts';
import { writeDomain } from '../write-domain.ts';
import type { Root } from './root.ts';

export const domainRoot: Root = {
  read(root, reading, options) {
    const draft = emptyDraft();
    const seen = readElement(root, domain, draft, reading);
    const { objects, faults } = fromLibvirt(draft, options);
    return { seen, objects, faults: [...contradictions(root), ...faults] };
  },
  write: (object, objects) => writeDomain(object as Manifest<'VirtualMachine'>, objects),
};
