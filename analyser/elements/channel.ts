import { alias, one } from '../table/children.ts';
import { fieldOf, ignored, runtime, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { text } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf, childAttribute, childOf, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import { type CharacterType, characterTables, emptyBackend, extended, typeOfBackend } from './character.ts';
import type { ItemDraft } from './draft.ts';
import { deviceList } from './listed.ts';

type Channel = ItemDraft<'channels'>;
type Role = 'agent' | 'port' | 'guestForward';

const channel = fieldOf<Channel>();
const AGENT = 'org.qemu.guest_agent.0';
const SPICE_AGENT = 'com.redhat.spice.0';
const OWN_SOCKET = 'the executor has a socket of its own for each channel';

const state = runtime('whether a program of a running guest has the channel open');

const targets: Readonly<Record<Role, ElementTable<Channel>>> = {
  agent: { attributes: { type: selector('virtio', 'spec.agent'), name: selector(AGENT, 'spec.agent'), state } },
  port: {
    attributes: {
      type: selector('virtio', 'spec.port'),
      name: channel('port.name', text(128), { field: 'spec.port.name' }),
      state,
    },
  },
  guestForward: {
    attributes: {
      type: selector('guestfwd', 'spec.guestForward'),
      address: channel('guestForward.address', text(45), { field: 'spec.guestForward.address' }),
      port: channel('guestForward.port', whole(1, 65535), { field: 'spec.guestForward.port' }),
    },
  },
};

const common = (role: Role): Record<string, Child<Channel>> => ({
  target: one(targets[role]),
  alias,
  address: place<Channel>('address', 'virtio-serial'),
});

const backends = characterTables<Channel>('backend');

const filled = (role: Role) =>
  extended<Channel>(backends, ({ attributes, children }) => ({
    attributes,
    children: { ...children, ...common(role) },
  }));

/** A socket that libvirt would have named itself is one that the executor names. */
const own = (role: Role): ElementTable<Channel> => ({
  attributes: { type: selector('unix', `spec.${role}`) },
  children: {
    source: one({ attributes: { mode: ignored(OWN_SOCKET, wordOf('bind')), path: ignored(OWN_SOCKET, text()) } }),
    ...common(role),
  },
});

const tables = {
  agent: { own: own('agent'), filled: filled('agent') },
  port: { own: own('port'), filled: filled('port') },
  guestForward: { own: own('guestForward'), filled: filled('guestForward') },
} satisfies Record<Role, { own: ElementTable<Channel>; filled: Record<CharacterType, ElementTable<Channel>> }>;

/** Where libvirt puts sockets that nobody named. Source: qemuDomainChrDefDropDefaultPath */
const GENERATED = /^\/(var\/lib|var\/run|run)\/libvirt\/qemu\/channel\//;

function hasOwnSocket(node: XmlElement): boolean {
  if (attributeOf(node, 'type') !== 'unix') return false;
  const source = childOf(node, 'source');
  const path = source && attributeOf(source, 'path');
  return (path === undefined || GENERATED.test(path)) && (!source || attributeOf(source, 'mode') !== 'connect');
}

function roleOf(node: XmlElement): Role {
  if (childAttribute(node, 'target', 'type') === 'guestfwd') return 'guestForward';
  return nameOf(node) === AGENT ? 'agent' : 'port';
}

const nameOf = (node: XmlElement): string | undefined => childAttribute(node, 'target', 'name');

/** A channel of SPICE without a name is its agent's. */
const impliedName = (node: XmlElement): object =>
  attributeOf(node, 'type') === 'spicevmc' || attributeOf(node, 'type') === 'qemu-vdagent' ? { name: SPICE_AGENT } : {};

/** `<channel>`: a port of virtio-serial that a program in the guest opens, or an address that leads out of it. */
export const channels = deviceList('channels', {
  prefix: 'channel',
  make: (node) => {
    const role = roleOf(node);
    const backend = hasOwnSocket(node) ? undefined : (emptyBackend(attributeOf(node, 'type')) as Channel['backend']);
    const said = role === 'port' ? { port: impliedName(node) } : role === 'agent' ? { agent: {} } : {};
    return { ...said, ...(backend && { backend }) };
  },
  table: (node) => {
    const { own, filled } = tables[roleOf(node)];
    return hasOwnSocket(node) ? own : byAttribute<Choice<Channel>>('type', filled)(node);
  },
  writes: ({ agent, guestForward, backend }) => {
    const { own, filled } = tables[agent ? 'agent' : guestForward ? 'guestForward' : 'port'];
    const type = typeOfBackend(backend);
    return type ? filled[type] : own;
  },
});
