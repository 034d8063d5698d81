import { one } from '../../table/children.ts';
import { field, fieldOf } from '../../table/rule.ts';
import type { Child, ElementTable } from '../../table/table.ts';
import { whole } from '../../values/numbers.ts';
import { text, uuid } from '../../values/texts.ts';
import { wordOf, yesNo } from '../../values/words.ts';
import { listed } from '../common.ts';
import type { NetworkDraft, PortGroupDraft, VlanDraft } from './draft.ts';

interface Ported {
  virtualPort?: NetworkDraft['spec']['virtualPort'];
  bandwidth?: NetworkDraft['spec']['bandwidth'];
}

type Tag = VlanDraft['tags'][number];

const tag = fieldOf<Tag>();

const tags: ElementTable<Tag> = {
  attributes: {
    id: tag('id', whole(0, 4095)),
    nativeMode: tag('nativeMode', wordOf('tagged', 'untagged')),
  },
};

/** `<vlan>`. Source: https://libvirt.org/formatnetwork.html#setting-vlan-tag-on-supported-network-types-only */
export const vlan = <S extends { vlan: VlanDraft }>(at: string): Child<S> =>
  one<S>({
    attributes: { trunk: field<{ vlan: VlanDraft }, boolean>('vlan.trunk', yesNo) },
    children: { tag: listed<S, Tag>(`${at}.tags`, (scope) => scope.vlan.tags, tags) },
  });

/** `<virtualport>` of what `place` finds. */
export function virtualPort<S>(place: (scope: S) => Ported): Child<S> {
  const to = fieldOf<Ported>();
  const parameters: ElementTable<Ported> = {
    attributes: {
      profileid: to('virtualPort.parameters.profileId', text(64)),
      interfaceid: to('virtualPort.parameters.interfaceId', uuid),
      managerid: to('virtualPort.parameters.managerId', whole(0, 255)),
      typeid: to('virtualPort.parameters.typeId', whole(0, 16_777_215)),
      typeidversion: to('virtualPort.parameters.typeIdVersion', whole(0, 255)),
      instanceid: to('virtualPort.parameters.instanceId', uuid),
    },
  };
  return within(place, {
    attributes: { type: to('virtualPort.type', wordOf('802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet')) },
    children: { parameters: one<Ported>(parameters) },
  });
}

/** `<bandwidth>` of what `place` finds. */
export function bandwidth<S>(place: (scope: S) => Ported): Child<S> {
  const to = fieldOf<Ported>();
  const rate = (way: 'inbound' | 'outbound'): ElementTable<Ported> => ({
    attributes: {
      average: to(`bandwidth.${way}.average`, whole()),
      peak: to(`bandwidth.${way}.peak`, whole()),
      burst: to(`bandwidth.${way}.burst`, whole()),
      floor: to(`bandwidth.${way}.floor`, whole()),
    },
  });
  return within(place, {
    children: { inbound: one<Ported>(rate('inbound')), outbound: one<Ported>(rate('outbound')) },
  });
}

/** An element of an object inside the scope. */
function within<S, I>(place: (scope: S) => I, table: ElementTable<I>): Child<S> {
  const inner = one<I>(table);
  return {
    repeated: false,
    read: (node, scope, reading) => inner.read(node, place(scope), reading),
    write: (name, scope) => inner.write(name, place(scope)),
  };
}

const group = fieldOf<PortGroupDraft>();

/** `<portgroup>`. Source: https://libvirt.org/formatnetwork.html#portgroups */
export const portGroups = listed<NetworkDraft, PortGroupDraft>(
  'spec.external.portGroups',
  (draft) => draft.portGroups,
  {
    attributes: {
      name: group('name', text(64)),
      default: group('default', yesNo),
    },
    children: {
      vlan: vlan<PortGroupDraft>('spec.external.portGroups.vlan'),
      virtualport: virtualPort<PortGroupDraft>((scope) => scope as Ported),
      bandwidth: bandwidth<PortGroupDraft>((scope) => scope as Ported),
      port: one<PortGroupDraft>({ attributes: { isolated: group('isolated', yesNo) } }),
    },
  },
  undefined,
  () => ({ vlan: { tags: [] } }),
);
