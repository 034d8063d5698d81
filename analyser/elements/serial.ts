import { alias, one } from '../table/children.ts';
import { fieldOf, same } from '../table/rule.ts';
import type { Choice, ElementTable } from '../table/table.ts';
import { byAttribute } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { words } from '../values/words.ts';
import { attributeOf, childAttribute, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import { characterTables, emptyBackend, extended, typeOfBackend } from './character.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

export type Serial = ItemDraft<'serials'>;
const serial = fieldOf<Serial>();

const TYPES = { 'isa-serial': 'isa', 'pci-serial': 'pci', 'usb-serial': 'usb', 'isa-debug': 'debug' } as const;

const target: ElementTable<Serial> = {
  attributes: {
    type: serial('type', words(TYPES), { field: 'spec.type' }),
    port: serial('port', whole(0, 255), { field: 'spec.port' }),
  },
  children: {
    model: one({
      attributes: { name: same('follows from the type', 'isa-serial', 'pci-serial', 'usb-serial', 'isa-debugcon') },
    }),
  },
};

const backends = characterTables<Serial>('backend');

const tables = extended<Serial>(backends, ({ attributes, children }) => ({
  attributes,
  children: { ...children, target: one(target), alias, address: place<Serial>('address', 'isa', 'pci', 'usb') },
}));

/** Without a type the address tells which port it is. */
const BY_ADDRESS: Readonly<Record<string, Serial['type']>> = { pci: 'pci', usb: 'usb' };

/** A serial port as its element says before it is read. */
export function emptySerial(node: XmlElement): Partial<Serial> {
  const place = childAttribute(node, 'address', 'type') ?? '';
  const type = (Object.hasOwn(BY_ADDRESS, place) ? BY_ADDRESS[place] : undefined) ?? 'isa';
  const backend = emptyBackend(attributeOf(node, 'type')) as Serial['backend'];
  return { type, ...(backend && { backend }) };
}

export const serialTable = (node: XmlElement): Choice<Serial> => byAttribute<Choice<Serial>>('type', tables)(node);

/** vmctl's own terminal is what libvirt calls a pty. */
export const writtenSerial = ({ backend }: Serial): ElementTable<Serial> => tables[typeOfBackend(backend) ?? 'pty'];

export const serials = deviceList('serials', {
  prefix: 'serial',
  make: emptySerial,
  table: serialTable,
  writes: writtenSerial,
});
