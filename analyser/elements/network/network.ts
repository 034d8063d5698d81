import { each, one } from '../../table/children.ts';
import { fieldOf, ignored, same, selector } from '../../table/rule.ts';
import type { ElementTable } from '../../table/table.ts';
import { address, whole } from '../../values/numbers.ts';
import { ipText, linkName, matching, text } from '../../values/texts.ts';
import { words, yesNo } from '../../values/words.ts';
import { listed, naming } from '../common.ts';
import { type DeviceDraft, network as field, type NetworkDraft, type PciDraft } from './draft.ts';
import { dns } from './names.ts';
import { bandwidth, portGroups, virtualPort, vlan } from './port.ts';
import { routes, subnets } from './subnet.ts';

const CONNECTIONS = ignored('how many machines are on it now');
const OWN_BRIDGE = 'the executor sets up its bridges in a way of its own';

const modes = words({
  nat: 'NAT',
  route: 'Route',
  open: 'Open',
  bridge: 'Bridge',
  private: 'Private',
  vepa: 'VEPA',
  passthrough: 'Passthrough',
  hostdev: 'HostDevice',
} as const);

const device = fieldOf<DeviceDraft>();
const pci = fieldOf<PciDraft>();
const port = whole(0, 65535);

const nat: ElementTable<NetworkDraft> = {
  attributes: { ipv6: field('spec.masquerade.ipv6', yesNo) },
  children: {
    address: one<NetworkDraft>({
      attributes: {
        start: field('spec.masquerade.startAddress', ipText),
        end: field('spec.masquerade.endAddress', ipText),
      },
    }),
    port: one<NetworkDraft>({
      attributes: { start: field('spec.masquerade.startPort', port), end: field('spec.masquerade.endPort', port) },
    }),
  },
};

const functions: ElementTable<PciDraft> = {
  attributes: {
    type: selector('pci', 'spec.external.devices'),
    domain: pci('domain', address(0xffff)),
    bus: pci('bus', address(0xff)),
    slot: pci('slot', address(0x1f)),
    function: pci('function', address(7)),
    connections: CONNECTIONS,
  },
};

const forward: ElementTable<NetworkDraft> = {
  attributes: {
    mode: field('spec.mode', modes, { field: 'spec.external.mode' }),
    dev: field('spec.device', linkName, { field: 'spec.external.device' }),
    managed: field('spec.managed', yesNo, { field: 'spec.external.managed' }),
  },
  children: {
    nat: one<NetworkDraft>(nat),
    interface: listed<NetworkDraft, DeviceDraft>('spec.external.devices', (draft) => draft.devices, {
      attributes: { dev: device('name', linkName), connections: CONNECTIONS },
    }),
    pf: one<NetworkDraft>({ attributes: { dev: field('spec.physicalFunction', linkName) } }),
    address: listed<NetworkDraft, PciDraft>('spec.external.devices', (draft) => draft.functions, functions),
    driver: one<NetworkDraft>({
      attributes: { name: same('VFIO is what hands devices to guests', 'vfio'), model: field('spec.driver', text(64)) },
    }),
  },
};

const spec = (draft: NetworkDraft): NetworkDraft['spec'] => draft.spec;

/** `<network>`. Source: https://libvirt.org/formatnetwork.html */
export const network: ElementTable<NetworkDraft> = {
  attributes: {
    ipv6: field('spec.ipv6', yesNo),
    connections: CONNECTIONS,
    trustGuestRxFilters: same('what a guest says of its own filters is not trusted', 'no'),
  },
  children: {
    name: one<NetworkDraft>(naming.name),
    uuid: one<NetworkDraft>(naming.uuid),
    title: one<NetworkDraft>(naming.title),
    description: one<NetworkDraft>(naming.description),
    metadata: each({ whole: ignored('is other programs’ own') }),
    forward: one<NetworkDraft>(forward),
    bridge: one<NetworkDraft>({
      attributes: {
        name: field('spec.bridge', linkName),
        stp: ignored(OWN_BRIDGE, words({ on: true, off: false, yes: true, no: false })),
        delay: ignored(OWN_BRIDGE, matching(/^[0-9]+(\.[0-9]+)?$/, 'number of seconds')),
        macTableManager: ignored(OWN_BRIDGE, words({ kernel: 1, libvirt: 2 })),
      },
    }),
    mac: one<NetworkDraft>({ attributes: { address: ignored(OWN_BRIDGE) } }),
    mtu: one<NetworkDraft>({ attributes: { size: field('spec.mtu', port) } }),
    domain: one<NetworkDraft>({
      attributes: {
        name: field('spec.domain.name', text(253)),
        localOnly: field('spec.domain.localOnly', yesNo),
        register: field('spec.domain.register', yesNo),
      },
    }),
    dns: one<NetworkDraft>(dns),
    vlan: vlan<NetworkDraft>('spec.external.vlan'),
    virtualport: virtualPort<NetworkDraft>(spec),
    bandwidth: bandwidth<NetworkDraft>(spec),
    port: one<NetworkDraft>({ attributes: { isolated: field('spec.isolated', yesNo) } }),
    portgroup: portGroups,
    ip: subnets,
    route: routes,
  },
};
