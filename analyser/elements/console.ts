import { alias, one } from '../table/children.ts';
import { repeatedly } from '../table/kept-child.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, ignored, runtime, same } from '../table/rule.ts';
import type { Reading, Seen } from '../table/seen.ts';
import { byAttribute, type Child, type Choice } from '../table/table.ts';
import { writeElement } from '../table/write.ts';
import { whole } from '../values/numbers.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf, childAttribute, childOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import { characterTables, emptyBackend, extended, typeOfBackend } from './character.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';
import { emptySerial, type Serial } from './serial.ts';

type Console = ItemDraft<'consoles'>;

const MIRROR = 'the console is the first serial port';
const tty = runtime('the terminal of a running machine');

const backends = characterTables<Console>('backend');

const virtio = extended<Console>(backends, ({ attributes, children }) => ({
  attributes: { ...attributes, tty },
  children: {
    ...children,
    target: one<Console>({
      attributes: {
        type: fieldOf<Console>()('type', wordOf('virtio'), { field: 'spec.type' }),
        port: ignored('ports are numbered in their order', whole()),
      },
    }),
    alias,
    address: place<Console>('address', 'virtio-serial'),
  },
}));

const listed = deviceList('consoles', {
  prefix: 'console',
  make: (node) => {
    const backend = emptyBackend(attributeOf(node, 'type')) as Console['backend'];
    return { type: 'virtio' as const, ...(backend && { backend }) };
  },
  table: byAttribute<Choice<Console>>('type', virtio),
  writes: ({ backend }) => virtio[typeOfBackend(backend) ?? 'pty'],
});

const ports = characterTables<Serial>('backend');

/** The console as the serial port that it is. */
const mirrors = extended<Serial>(ports, ({ attributes, children }) => ({
  attributes: { ...attributes, tty },
  children: {
    ...children,
    target: one({ attributes: { type: same(MIRROR, 'serial'), port: ignored(MIRROR, whole(0, 255)) } }),
    alias,
    address: place<Serial>('address', 'isa', 'pci', 'usb'),
  },
}));

const choose = byAttribute<Choice<Serial>>('type', mirrors);

const asSerial: Child<Serial> = {
  repeated: true,
  read: (node, scope, reading) => readElement(node, choose(node), scope, reading),
  write: () => [],
};

const again = repeatedly<DomainDraft, Serial>(() => ({ name: '' }), asSerial, MIRROR);

/** Without a `<serial>` the console itself is the first one. */
function asFirst(node: XmlElement, draft: DomainDraft, reading: Reading): Seen {
  const serial: Serial = { name: 'serial0', ...emptySerial(node) };
  draft.spec.serials = [serial as NonNullable<typeof draft.spec.serials>[number]];
  return asSerial.read(node, serial, { ...reading, at: 'spec.serials[0]' });
}

const isVirtio = (node: XmlElement): boolean => childAttribute(node, 'target', 'type') === 'virtio';

const hasSerial = ({ parent }: XmlElement): boolean => parent !== undefined && childOf(parent, 'serial') !== undefined;

/** `<console>`: the first serial port once more (and the port itself where no `<serial>` is there), or one of virtio's. */
export const consoles: Child<DomainDraft> = {
  repeated: true,
  read: (node, draft, reading) => {
    if (isVirtio(node)) return listed.read(node, draft, reading);
    const isFirst = !hasSerial(node) && draft.spec.serials === undefined;
    return isFirst ? asFirst(node, draft, reading) : again.read(node, draft, reading);
  },
  write: (name, draft) => {
    const [first] = (draft.spec.serials ?? []) as Serial[];
    const mirror =
      first && first.type !== 'debug' ? writeElement(name, mirrors[typeOfBackend(first.backend) ?? 'pty'], first) : [];
    return [...mirror, ...listed.write(name, draft)];
  },
};
