import { alias, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { field, fieldOf, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { writeElement } from '../table/write.ts';
import { hostPath, text } from '../values/texts.ts';
import { attributeOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import { characterTables, emptyBackend, extended, typeOfBackend } from './character.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

type SmartCard = ItemDraft<'smartCards'>;
const card = fieldOf<SmartCard>();

interface Certificate {
  name?: string;
}

const certificate: ElementTable<Certificate> = {
  text: field<Certificate, string>('name', text(255), { field: 'spec.certificates.names' }),
};

/** Three elements for the three names of a list. */
const certificates: Child<SmartCard> = {
  repeated: true,
  read: (node, scope, reading) => {
    const item: Certificate = {};
    const seen = readElement(node, certificate, item, reading);
    const names = [...(scope.certificates?.names ?? []), item.name ?? ''];
    scope.certificates = { ...scope.certificates, names };
    seen.item = String(names.length - 1);
    return seen;
  },
  write: (name, { certificates: said }) =>
    (said?.names ?? []).flatMap((one, index) => writeElement(name, certificate, { name: one }, String(index))),
};

const common = { alias, address: place<SmartCard>('address', 'ccid', 'usb') };

const host: ElementTable<SmartCard> = { attributes: { mode: selector('host', 'spec.host') }, children: common };

const emulated: ElementTable<SmartCard> = {
  attributes: { mode: selector('host-certificates', 'spec.certificates') },
  children: {
    certificate: certificates,
    database: one({ text: card('certificates.database', hostPath, { field: 'spec.certificates.database' }) }),
    ...common,
  },
};

const characters = characterTables<SmartCard>('passthrough', { log: false });

const passthrough = extended<SmartCard>(characters, ({ attributes, children }) => ({
  attributes: { ...attributes, mode: selector('passthrough', 'spec.passthrough') },
  children: { ...children, ...common },
}));

const tables: Readonly<Record<string, (node: XmlElement) => Choice<SmartCard>>> = {
  host: () => host,
  'host-certificates': () => emulated,
  passthrough: byAttribute<Choice<SmartCard>>('type', passthrough),
};

const MAKES: Readonly<Record<string, (node: XmlElement) => Partial<SmartCard>>> = {
  host: () => ({ host: {} }),
  passthrough: (node) => {
    const backend = emptyBackend(attributeOf(node, 'type')) as SmartCard['passthrough'];
    return backend ? { passthrough: backend } : {};
  },
};

/** `<smartcard>`: a card of the node, certificates of it, or one at the other end of a character device. */
export const smartCards = deviceList('smartCards', {
  prefix: 'smartcard',
  make: (node) => {
    const mode = attributeOf(node, 'mode') ?? '';
    return Object.hasOwn(MAKES, mode) ? (MAKES[mode]?.(node) ?? {}) : {};
  },
  table: (node) => {
    const choose = byAttribute<(of: XmlElement) => Choice<SmartCard>>('mode', tables)(node);
    return typeof choose === 'function' ? choose(node) : choose;
  },
  writes: ({ host: reader, certificates: said, passthrough: backend }) => {
    if (reader) return host;
    return said ? emulated : passthrough[typeOfBackend(backend) ?? 'spicevmc'];
  },
});
