import { interfaceModel } from '../../schemas/kinds/machine/interface.ts';
import { alias, items, one } from '../table/children.ts';
import { fieldOf, ignored, refused, runtime, same, selector } from '../table/rule.ts';
import type { Reading } from '../table/seen.ts';
import { byAttribute, type Choice, type ElementTable } from '../table/table.ts';
import { whole } from '../values/numbers.ts';
import { macAddress } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import { attributeOf, childAttribute, type XmlElement } from '../xml/infoset.ts';
import { place } from './address.ts';
import type { DomainDraft, InterfaceDraft, InterfaceType } from './draft.ts';
import { details } from './interface-details.ts';
import { connectionOf, isNetwork } from './interface-source.ts';

const nic = fieldOf<InterfaceDraft>();

const shown = (type: InterfaceType, onNetwork: boolean): string =>
  onNetwork || isNetwork(type) ? 'spec.network.name' : 'spec.connection';

const table = (type: InterfaceType, onNetwork: boolean): ElementTable<InterfaceDraft> => ({
  attributes: {
    type: selector(type, shown(type, onNetwork)),
    trustGuestRxFilters: nic('spec.trustGuestRxFilters', yesNo),
    ...(type === 'hostdev' && { managed: nic('spec.connection.hostDevice.managed', yesNo) }),
  },
  children: {
    ...connectionOf(type, onNetwork),
    mac: one({
      attributes: {
        address: nic('spec.macAddress', macAddress),
        type: ignored('whose address it is on VMware', wordOf('generated', 'static')),
        currentAddress: runtime('the address that a running guest has set'),
      },
    }),
    model: one({ attributes: { type: nic('spec.model', wordOf(...interfaceModel.options)) } }),
    ...details,
    ...(type === 'hostdev' && {
      driver: one<InterfaceDraft>({ attributes: { name: same('VFIO is the only way', 'vfio') } }),
    }),
    link: one({ attributes: { state: nic('spec.linkState', words({ up: 'Up', down: 'Down' })) } }),
    mtu: one({ attributes: { size: nic('spec.mtu', whole(68)) } }),
    boot: one({ attributes: { order: nic('spec.bootOrder', whole(1)) } }),
    alias,
    address: place<InterfaceDraft>('spec.address', 'pci', 'usb'),
  },
});

const unsupported = (what: string) => ({
  whole: refused(`${what} are not supported; use a network, a bridge or user`),
});

const tables = {
  network: table('network', true),
  bridge: table('bridge', true),
  user: table('user', true),
  direct: table('direct', false),
  ethernet: table('ethernet', false),
  hostdev: table('hostdev', false),
  vhostuser: table('vhostuser', false),
  vdpa: table('vdpa', false),
  server: table('server', false),
  client: table('client', false),
  mcast: table('mcast', false),
  udp: table('udp', false),
  internal: unsupported('internal interfaces'),
  null: unsupported('interfaces without a connection'),
  vds: unsupported('interfaces of VMware'),
} satisfies Record<string, Choice<InterfaceDraft>>;

const mapped = { direct: table('direct', true), ethernet: table('ethernet', true) } as const;

/** Where the device is named of interfaces that a person may map to a network of ours. */
const MAPPED = { direct: 'source', ethernet: 'target' } as const;

/** Whether the interface's device stands for a network that a person named. */
function isMapped(node: XmlElement, networks: Reading['networks']): boolean {
  const type = attributeOf(node, 'type') ?? '';
  const child = Object.hasOwn(MAPPED, type) ? MAPPED[type as keyof typeof MAPPED] : undefined;
  const device = child && childAttribute(node, child, 'dev');
  return device !== undefined && Object.hasOwn(networks, device);
}

function choose(node: XmlElement, { networks }: Reading): Choice<InterfaceDraft> {
  return byAttribute<Choice<InterfaceDraft>>('type', isMapped(node, networks) ? mapped : tables)(node);
}

function newInterface(node: XmlElement, count: number): InterfaceDraft {
  const type = attributeOf(node, 'type') as InterfaceType;
  return {
    spec: { name: `eth${count}` },
    libvirt: { type, onNetwork: isNetwork(type) },
  };
}

export const interfaces = items<DomainDraft, InterfaceDraft>({
  at: 'spec.interfaces',
  list: (draft) => draft.interfaces,
  make: (node, { interfaces: list }) => newInterface(node, list.length),
  name: ({ spec }) => spec.name,
  table: choose,
  writes: ({ libvirt: { type, onNetwork } }) =>
    onNetwork && (type === 'direct' || type === 'ethernet') ? mapped[type] : tables[type],
});
