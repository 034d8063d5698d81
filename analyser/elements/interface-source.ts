import { chosen, one } from '../table/children.ts';
import { fieldOf, ignored } from '../table/rule.ts';
import { byAttribute, type Child, type Choice, type ElementTable } from '../table/table.ts';
import { linkName, matching } from '../values/texts.ts';
import { wordOf, words, yesNo } from '../values/words.ts';
import type { InterfaceDraft } from './draft.ts';

const nic = fieldOf<InterfaceDraft>();

export type SourceType = InterfaceDraft['libvirt']['type'];

const asNetwork = { field: 'spec.network.name' } as const;

const device = nic('libvirt.source', linkName, asNetwork);

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

const virtualport = chosen(byAttribute<Choice<InterfaceDraft>>('type', virtualPort), ({ libvirt }) =>
  libvirt.openVSwitch ? virtualPort.openvswitch : undefined,
);

const MAPPED = 'the network that it is mapped to decides';

/** What each type of interface says about the network that it is on. */
export const sources: Readonly<Record<SourceType, Readonly<Record<string, Child<InterfaceDraft>>>>> = {
  network: {
    source: one({
      attributes: { network: nic('libvirt.source', matching(/^[^/\n]{1,255}$/, 'name of a network'), asNetwork) },
    }),
  },
  bridge: { source: one({ attributes: { bridge: device } }), virtualport },
  user: {},
  direct: {
    source: one({
      attributes: { dev: device, mode: ignored(MAPPED, wordOf('vepa', 'bridge', 'private', 'passthrough')) },
    }),
  },
  ethernet: { target: one({ attributes: { dev: device, managed: ignored(MAPPED, yesNo) } }) },
};
