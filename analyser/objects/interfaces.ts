import type { DomainDraft, InterfaceDraft, InterfaceType } from '../elements/draft.ts';
import { addObject, type Building } from './building.ts';
import { pciAddressOf, pciParts } from './host-devices.ts';
import type { Lookup } from './lookup.ts';
import type { SpecOf } from './manifest.ts';
import { kubernetesName } from './names.ts';

/** libvirt's card where the XML names none, on x86. Source: qemuDomainDefaultNetModel */
const DEFAULT_MODEL = 'rtl8139';

type View = InterfaceDraft['libvirt'];
type Spec = InterfaceDraft['spec'];

const isSwitched = ({ virtualPort }: Spec): boolean => virtualPort?.type === 'openvswitch';

const kindOf = ({ spec, libvirt }: InterfaceDraft): string =>
  libvirt.type === 'bridge' && isSwitched(spec) ? 'openvswitch' : libvirt.type;

/** Names the networks of a machine's interfaces, and makes those that follow from the XML alone. */
export function interfacesFromLibvirt(building: Building): void {
  const { draft, faults, options } = building;
  draft.spec.interfaces = draft.interfaces.map((one, index) => {
    const { spec, libvirt } = one;
    const base = { model: DEFAULT_MODEL, rom: { enabled: true }, ...spec } as const;
    const onNetwork = isOnNetwork(libvirt, options.networks);
    if (!onNetwork)
      return { ...base, connection: connectionOf(one) } as NonNullable<typeof draft.spec.interfaces>[number];
    if (libvirt.type !== 'user' && libvirt.source === undefined) {
      faults.push({ field: `spec.interfaces[${index}]`, reason: `<source ${libvirt.type}> is missing` });
    }
    return { ...base, network: { name: networkOf(building, one) } };
  });
  if (draft.interfaces.length === 0) delete draft.spec.interfaces;
}

const NETWORKS: readonly InterfaceType[] = ['network', 'bridge', 'user'];

/** A device that a person mapped was read into the place of a network's name. */
const isOnNetwork = ({ type, source }: View, networks: Readonly<Record<string, string>> = {}): boolean =>
  NETWORKS.includes(type) || (source !== undefined && Object.hasOwn(networks, source));

/** What the fields alone do not say: addresses in parts, and connections that say no more than their type. */
function connectionOf({ spec, libvirt, pci }: InterfaceDraft): Spec['connection'] {
  if (libvirt.type === 'ethernet') return { tap: {}, ...spec.connection };
  if (libvirt.type !== 'hostdev') return spec.connection ?? {};
  const address = pciAddressOf(pci);
  return { hostDevice: { managed: false, ...spec.connection?.hostDevice, address: address ?? '' } };
}

function networkOf(building: Building, one: InterfaceDraft): string {
  const { names, options } = building;
  const source = one.libvirt.source ?? 'user';
  const chosen = options.networks && Object.hasOwn(options.networks, source) ? options.networks[source] : undefined;
  const original = `${kindOf(one)}:${source}`;
  const plain = chosen ?? kubernetesName(source);
  const taken = names[`network/${plain}`];
  const name = taken === undefined || taken === original ? plain : `${plain}-${kindOf(one)}`;
  names[`network/${name}`] = original;
  const spec = specOf(one);
  if (chosen === undefined && spec) addObject(building, 'VirtualMachineNetwork', name, spec, 'Cluster');
  return name;
}

/** What a network is, where the interface alone says it. */
function specOf(one: InterfaceDraft): SpecOf<'VirtualMachineNetwork'> | undefined {
  const { type, source = '' } = one.libvirt;
  if (type === 'user') return { user: {} };
  if (kindOf(one) === 'openvswitch') return { ovs: { bridge: source } };
  return type === 'bridge' ? { bridge: { name: source } } : undefined;
}

export function interfacesToLibvirt(draft: DomainDraft, lookup: Lookup): void {
  draft.interfaces = (draft.spec.interfaces ?? []).map((said) => {
    const spec = { ...said, model: said.model ?? 'virtio' };
    const { network, connection } = spec;
    if (!network) return { spec, libvirt: { type: typeOf(connection), onNetwork: false }, ...partsOf(connection) };
    const { view, switched } = viewOf(network.name, lookup);
    const port = switched ? { virtualPort: { type: 'openvswitch' as const, ...spec.virtualPort } } : {};
    return { spec: { ...spec, ...port }, libvirt: view };
  });
}

type Connection = NonNullable<Spec['connection']>;

const TYPES: Readonly<Record<keyof Connection, InterfaceType>> = {
  direct: 'direct',
  tap: 'ethernet',
  vhostUser: 'vhostuser',
  hostDevice: 'hostdev',
  vdpa: 'vdpa',
  multicast: 'mcast',
  server: 'server',
  client: 'client',
  udp: 'udp',
};

const typeOf = (connection: Spec['connection']): InterfaceType => {
  const members = Object.keys(TYPES) as (keyof Connection)[];
  const member = members.find((one) => connection?.[one] !== undefined);
  return member ? TYPES[member] : 'ethernet';
};

const partsOf = (connection: Spec['connection']): Pick<InterfaceDraft, 'pci'> =>
  connection?.hostDevice ? { pci: pciParts(connection.hostDevice.address) } : {};

interface Found {
  readonly view: View;
  /** Whether the port is one of Open vSwitch. */
  readonly switched: boolean;
}

const on = (type: InterfaceType, source?: string, switched = false): Found => ({
  view: { type, onNetwork: true, ...(source !== undefined && { source }) },
  switched,
});

const KINDS: Readonly<Record<string, (source: string) => Found>> = {
  network: (source) => on('network', source),
  bridge: (source) => on('bridge', source),
  direct: (source) => on('direct', source),
  ethernet: (source) => on('ethernet', source),
  openvswitch: (source) => on('bridge', source, true),
  user: () => on('user'),
};

function viewOf(name: string, lookup: Lookup): Found {
  const original = lookup.names[`network/${name}`];
  if (original !== undefined) {
    const [kind = '', ...rest] = original.split(':');
    const view = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
    if (view) return view(rest.join(':'));
  }
  const spec = lookup.find('VirtualMachineNetwork', name)?.spec;
  if (spec?.user) return on('user');
  if (spec?.bridge?.name !== undefined) return on('bridge', spec.bridge.name);
  if (spec?.ovs) return on('bridge', spec.ovs.bridge, true);
  return on('network', name);
}
