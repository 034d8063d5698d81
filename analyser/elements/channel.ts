import { alias, items, one } from '../table/children.ts';
import { readElement } from '../table/read.ts';
import { fieldOf, ignored, runtime, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { text } from '../values/texts.ts';
import { wordOf } from '../values/words.ts';
import { attributeOf, childAttribute, type XmlElement } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, ItemDraft } from './draft.ts';
import { sources } from './serial.ts';

type Channel = ItemDraft<'channels'>;

const AGENT = 'org.qemu.guest_agent.0';
const OWN_SOCKET = 'the executor has a socket of its own for each channel';

const state = runtime('whether a program of a running guest has the channel open');

/** The agent's channel and any other differ in where the name goes. */
const named = (isAgent: boolean): ElementTable<Channel> => ({
  attributes: { type: selector('unix', isAgent ? 'spec.agent' : 'spec.port') },
  children: {
    source: one({ attributes: { mode: ignored(OWN_SOCKET, wordOf('bind')), path: ignored(OWN_SOCKET, text()) } }),
    target: one({
      attributes: {
        type: selector('virtio', isAgent ? 'spec.agent' : 'spec.port'),
        name: isAgent
          ? selector(AGENT, 'spec.agent')
          : fieldOf<Channel>()('port.name', text(128), { field: 'spec.port.name' }),
        state,
      },
    }),
    alias,
    address: placement('virtio-serial'),
  },
});

const tables = { agent: named(true), port: named(false) };

/** Where libvirt would give the channel a terminal, it has a socket here. */
const onTerminal = (table: ElementTable<Channel>): ElementTable<Channel> => ({
  attributes: { type: ignored(OWN_SOCKET) },
  children: { ...table.children, source: sources.pty },
});

const NO_CLIENT = 'displays are not reached by a SPICE client, so its agent has nothing to talk to';

const spice: ElementTable<unknown> = {
  attributes: { type: ignored(NO_CLIENT) },
  children: {
    target: one({
      attributes: { type: ignored(NO_CLIENT, wordOf('virtio')), name: ignored(NO_CLIENT, text(128)), state },
    }),
    alias,
    address: placement('virtio-serial'),
  },
};

const nameOf = (node: XmlElement): string | undefined => childAttribute(node, 'target', 'name');

const choose = (node: XmlElement): Choice<Channel> => {
  const unix = nameOf(node) === AGENT ? tables.agent : tables.port;
  return byAttribute<Choice<Channel>>('type', { unix, pty: onTerminal(unix) })(node);
};

const listed = items<DomainDraft, Channel>({
  at: 'spec.channels',
  list: ({ spec }) => {
    spec.channels ??= [];
    return spec.channels as Channel[];
  },
  make: (node, { spec }) => {
    const name = `channel${spec.channels?.length ?? 0}`;
    return nameOf(node) === AGENT ? { name, agent: {} } : { name };
  },
  name: ({ name }) => name,
  table: choose,
  writes: ({ agent }) => (agent ? tables.agent : tables.port),
});

/** `<channel>`: a port of virtio-serial that a program in the guest opens. */
export const channels: Child<DomainDraft> = {
  ...listed,
  read: (node, draft, reading) =>
    attributeOf(node, 'type') === 'spicevmc'
      ? readElement(node, spice, draft, reading)
      : listed.read(node, draft, reading),
};
