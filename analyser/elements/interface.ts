import { alias, aside, items, one } from '../table/children.ts';
import type { Reading } from '../table/read.ts';
import { fieldOf, ignored, refused, runtime, same, selector } from '../table/rule.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { linkName, macAddress } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import { attributeOf, childAttribute, type XmlElement } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, InterfaceDraft } from './draft.ts';
import { type SourceType, sources } from './interface-source.ts';

const nic = fieldOf<InterfaceDraft>();

const AVERAGE = 'only the average is limited';

const flow = (name: 'inbound' | 'outbound') =>
  one<InterfaceDraft>({
    attributes: {
      average: nic(`spec.bandwidth.${name}KilobytesPerSecond`, whole(1)),
      peak: ignored(AVERAGE, whole()),
      burst: ignored(AVERAGE, whole()),
    },
  });

/** What a running machine's interface was made to be; the configured source beside it is what counts. */
const actual = aside<InterfaceDraft>({ whole: runtime('what a running machine’s interface was connected to') });

const OWN_TAP = 'the executor names the host’s side of the interface';

const table = (type: SourceType): ElementTable<InterfaceDraft> => ({
  attributes: { type: selector(type, 'spec.network.name') },
  children: {
    target: one({ attributes: { dev: ignored(OWN_TAP, linkName), managed: ignored(OWN_TAP, yesNo) } }),
    ...sources[type],
    actual,
    mac: one({ attributes: { address: nic('spec.macAddress', macAddress) } }),
    model: one({
      attributes: { type: nic('spec.model', wordOf('virtio', 'e1000e', 'e1000', 'rtl8139', 'vmxnet3')) },
    }),
    driver: one({
      attributes: {
        name: ignored('vhost where the host has it', wordOf('vhost', 'qemu')),
        queues: nic('spec.queues', whole(1)),
      },
    }),
    link: one({ attributes: { state: nic('spec.linkState', words({ up: 'Up', down: 'Down' })) } }),
    mtu: one({ attributes: { size: nic('spec.mtu', whole(68)) } }),
    boot: one({ attributes: { order: nic('spec.bootOrder', whole(1)) } }),
    bandwidth: one({ children: { inbound: flow('inbound'), outbound: flow('outbound') } }),
    rom: one({
      attributes: {
        bar: ignored('the card has the boot code that qemu gives it', wordOf('on', 'off')),
        file: same('no file with boot code', ''),
      },
    }),
    alias,
    address: placement('pci'),
  },
});

const unsupported = (what: string) => ({
  whole: refused(`${what} are not supported; use a network, a bridge or user`),
});

const tables = {
  network: table('network'),
  bridge: table('bridge'),
  user: table('user'),
  direct: table('direct'),
  ethernet: table('ethernet'),
  hostdev: unsupported('network cards of the host'),
  vhostuser: unsupported('vhost-user interfaces'),
  vdpa: unsupported('vDPA interfaces'),
  internal: unsupported('internal interfaces'),
  server: unsupported('interfaces on a socket'),
  client: unsupported('interfaces on a socket'),
  mcast: unsupported('interfaces on a socket'),
  udp: unsupported('interfaces on a socket'),
  null: unsupported('interfaces without a connection'),
  vds: unsupported('interfaces of VMware'),
} satisfies Record<string, Choice<InterfaceDraft>>;

/** Where the device is named of interfaces that are like no network of ours: a person says which network is meant. */
const MAPPED = { direct: 'source', ethernet: 'target' } as const;

function choose(node: XmlElement, { networks }: Reading): Choice<InterfaceDraft> {
  const type = attributeOf(node, 'type') ?? '';
  const child = Object.hasOwn(MAPPED, type) ? MAPPED[type as keyof typeof MAPPED] : undefined;
  const device = child && (childAttribute(node, child, 'dev') ?? '');
  if (device === undefined || Object.hasOwn(networks, device)) {
    return byAttribute<Choice<InterfaceDraft>>('type', tables)(node);
  }
  const reason = `interfaces of type ${type} are not supported, unless their device (${device}) is mapped to a network`;
  return { whole: refused(reason) };
}

export const interfaces = items<DomainDraft, InterfaceDraft>({
  at: 'spec.interfaces',
  list: (draft) => draft.interfaces,
  make: (node, { interfaces }) => ({
    spec: { name: `eth${interfaces.length}` },
    libvirt: { type: attributeOf(node, 'type') as SourceType },
  }),
  name: ({ spec }) => spec.name,
  table: choose,
  writes: ({ libvirt }) => tables[libvirt.type],
});
