import type { DomainDraft, InterfaceDraft } from '../elements/draft.ts';
import { addObject, type Building } from './building.ts';
import type { Lookup } from './lookup.ts';
import type { SpecOf } from './manifest.ts';
import { kubernetesName } from './names.ts';

/** libvirt's card where the XML names none, on x86. Source: qemuDomainDefaultNetModel */
const DEFAULT_MODEL = 'rtl8139';

type View = InterfaceDraft['libvirt'];

const kindOf = ({ type, openVSwitch }: View): string => (openVSwitch ? 'openvswitch' : type);

/** Names the networks of a machine's interfaces, and makes those that follow from the XML alone. */
export function interfacesFromLibvirt(building: Building): void {
  const { draft, faults } = building;
  draft.spec.interfaces = draft.interfaces.map(({ spec, libvirt }, index) => {
    if (libvirt.type !== 'user' && libvirt.source === undefined) {
      faults.push({ field: `spec.interfaces[${index}]`, reason: `<source ${libvirt.type}> is missing` });
    }
    return { model: DEFAULT_MODEL, ...spec, network: { name: networkOf(building, libvirt) } };
  });
  if (draft.interfaces.length === 0) delete draft.spec.interfaces;
}

function networkOf(building: Building, view: View): string {
  const { names, options } = building;
  const source = view.source ?? 'user';
  const chosen = options.networks && Object.hasOwn(options.networks, source) ? options.networks[source] : undefined;
  const original = `${kindOf(view)}:${source}`;
  const plain = chosen ?? kubernetesName(source);
  const taken = names[`network/${plain}`];
  const name = taken === undefined || taken === original ? plain : `${plain}-${kindOf(view)}`;
  names[`network/${name}`] = original;
  const spec = specOf(view);
  if (chosen === undefined && spec) addObject(building, 'VirtualMachineNetwork', name, spec, 'Cluster');
  return name;
}

/** What a network is, where the interface alone says it. */
function specOf({ type, source = '', openVSwitch }: View): SpecOf<'VirtualMachineNetwork'> | undefined {
  if (type === 'user') return { user: {} };
  if (openVSwitch) return { ovs: { bridge: source } };
  return type === 'bridge' ? { bridge: { name: source } } : undefined;
}

export function interfacesToLibvirt(draft: DomainDraft, lookup: Lookup): void {
  draft.interfaces = (draft.spec.interfaces ?? []).map((spec) => ({
    spec: { ...spec, model: spec.model ?? 'virtio' },
    libvirt: viewOf(spec.network?.name ?? '', lookup),
  }));
}

const VIEWS: Readonly<Record<string, (source: string) => View>> = {
  network: (source) => ({ type: 'network', source }),
  bridge: (source) => ({ type: 'bridge', source }),
  direct: (source) => ({ type: 'direct', source }),
  ethernet: (source) => ({ type: 'ethernet', source }),
  openvswitch: (source) => ({ type: 'bridge', source, openVSwitch: true }),
  user: () => ({ type: 'user' }),
};

function viewOf(name: string, lookup: Lookup): View {
  const original = lookup.names[`network/${name}`];
  if (original !== undefined) {
    const [kind = '', ...rest] = original.split(':');
    const view = VIEWS[kind];
    if (view) return view(rest.join(':'));
  }
  const spec = lookup.find('VirtualMachineNetwork', name)?.spec;
  if (spec?.user) return { type: 'user' };
  if (spec?.bridge?.name !== undefined) return { type: 'bridge', source: spec.bridge.name };
  if (spec?.ovs) return { type: 'bridge', source: spec.ovs.bridge, openVSwitch: true };
  return { type: 'network', source: name };
}
