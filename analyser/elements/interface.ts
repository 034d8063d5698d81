import { alias, chosen, items, keptWhole, one } from '../table/children.ts';
import { sweep } from '../table/read.ts';
import { fieldOf, ignored, refused, runtime, same, selector } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { linkName, macAddress, matching } from '../values/texts.ts';
import { wordOf, words } from '../values/words.ts';
import { attributeOf } from '../xml/infoset.ts';
import { placement } from './address.ts';
import type { DomainDraft, InterfaceDraft } from './draft.ts';

const nic = fieldOf<InterfaceDraft>();

const asNetwork = { field: 'spec.network.name' } as const;

const sources = {
  network: {
    attributes: { network: nic('libvirt.source', matching(/^[^/\n]{1,255}$/, 'name of a network'), asNetwork) },
  },
  bridge: { attributes: { bridge: nic('libvirt.source', linkName, asNetwork) } },
  user: {},
} satisfies Record<string, ElementTable<InterfaceDraft>>;

const AVERAGE = 'only the average is limited';

const flow = (name: 'inbound' | 'outbound') =>
  one<InterfaceDraft>({
    attributes: {
      average: nic(`spec.bandwidth.${name}KilobytesPerSecond`, whole(1)),
      peak: ignored(AVERAGE, whole()),
      burst: ignored(AVERAGE, whole()),
    },
  });

const virtualPort = {
  openvswitch: {
    attributes: {
      type: nic('libvirt.openVSwitch', words({ openvswitch: true }), { field: 'VirtualMachineNetwork spec.ovs' }),
    },
    children: {
      parameters: one<InterfaceDraft>({
        attributes: { interfaceid: ignored('the executor names the port of the switch') },
      }),
    },
  },
} satisfies Record<string, ElementTable<InterfaceDraft>>;

/** What a running machine's interface was made to be; the configured source beside it is what counts. */
const actual: Child<InterfaceDraft> = {
  ...keptWhole(''),
  read: (node, _, reading) => sweep(node, runtime('what a running machine’s interface was connected to'), reading),
};

const table = (type: keyof typeof sources): ElementTable<InterfaceDraft> => ({
  attributes: { type: selector(type, 'spec.network.name') },
  children: {
    source: one(sources[type]),
    actual,
    mac: one({ attributes: { address: nic('spec.macAddress', macAddress) } }),
    model: one({
      attributes: { type: nic('spec.model', wordOf('virtio', 'e1000e', 'e1000', 'rtl8139', 'vmxnet3')) },
    }),
    ...(type === 'bridge' && {
      virtualport: chosen(byAttribute<Choice<InterfaceDraft>>('type', virtualPort), ({ libvirt }) =>
        libvirt.openVSwitch ? virtualPort.openvswitch : undefined,
      ),
    }),
    driver: one({
      attributes: {
        name: ignored('vhost where the host has it', wordOf('vhost', 'qemu')),
        queues: nic('spec.queues', whole(1)),
      },
    }),
    target: keptWhole('the executor names the host’s side of the interface'),
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
  direct: unsupported('interfaces on a device of the host (macvtap)'),
  ethernet: unsupported('interfaces on a tap device of one’s own'),
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

export const interfaces = items<DomainDraft, InterfaceDraft>({
  at: 'spec.interfaces',
  list: (draft) => draft.interfaces,
  make: (node, { interfaces }) => ({
    spec: { name: `eth${interfaces.length}` },
    libvirt: { type: attributeOf(node, 'type') as InterfaceDraft['libvirt']['type'] },
  }),
  name: ({ spec }) => spec.name,
  table: byAttribute<Choice<InterfaceDraft>>('type', tables),
  writes: ({ libvirt }) => tables[libvirt.type],
});
