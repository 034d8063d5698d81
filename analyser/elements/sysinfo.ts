import { chosen, keyed, one } from '../table/children.ts';
import { ignored, selector } from '../table/rule.ts';
import type { Choice, ElementTable } from '../table/table.ts';
import { text, uuid } from '../values/texts.ts';
import { childAttribute, childOf, type XmlElement } from '../xml/infoset.ts';
import { type DomainDraft, machine } from './draft.ts';

const entry = (
  name: 'manufacturer' | 'product' | 'version' | 'serial' | 'sku' | 'family',
): ElementTable<DomainDraft> => ({
  text: machine(`spec.machine.smbios.${name}`, text(256)),
});

/** SMBIOS type 1. Names as in https://libvirt.org/formatdomain.html#smbios-system-information */
const entries: Readonly<Record<string, ElementTable<DomainDraft>>> = {
  manufacturer: entry('manufacturer'),
  product: entry('product'),
  version: entry('version'),
  serial: entry('serial'),
  uuid: { text: machine('spec.machine.smbios.uuid', uuid) },
  sku: entry('sku'),
  family: entry('family'),
};

const table: ElementTable<DomainDraft> = {
  attributes: { type: selector('smbios', 'spec.machine.smbios') },
  children: { system: one({ children: { entry: keyed('name', entries) } }) },
};

const isShown = (node: XmlElement): boolean => {
  const os = node.parent && childOf(node.parent, 'os');
  return os !== undefined && childAttribute(os, 'smbios', 'mode') === 'sysinfo';
};

/** libvirt shows it to the guest only with `<os><smbios mode='sysinfo'/>`. */
const choose = (node: XmlElement): Choice<DomainDraft> =>
  isShown(node)
    ? table
    : { whole: ignored('libvirt does not show it to the guest either without <smbios mode="sysinfo"/>') };

const hasEntries = ({ spec }: DomainDraft): boolean =>
  Object.keys(spec.machine?.smbios ?? {}).some((name) => name !== 'uuid');

export const sysinfo = chosen(choose, (draft) => (hasEntries(draft) ? table : undefined));
