import * as z from 'zod';
import { conditions, observedGeneration } from '../types/condition.ts';
import { exactlyOneOf } from '../types/exactly-one.ts';
import { listAtomic, listSet } from '../types/list-map.ts';
import type { Resource } from '../types/object.ts';
import { objectName } from '../types/primitives.ts';
import { withRule } from '../types/rule.ts';
import { defineKind } from './define.ts';
import { kindNames } from './names.ts';
import { cidr, linkName, vlanTag } from './network/address.ts';
import { externalNetwork } from './network/external.ts';
import { type floatingAddress, type forward, oneToOne, targetedForward } from './network/forward.ts';
import { ovs } from './network/ovs.ts';
import { isolated, routed } from './network/routed.ts';
import { services } from './network/services.ts';

const nat = withRule(
  z.object({
    cidr: cidr()
      .describe('Subnet, such as 10.10.0.0/24. With oneToOne alone: a /30 that is chosen where nothing is given.')
      .optional(),
    oneToOne: oneToOne.optional(),
    ...services,
  }),
  { rule: 'has(self.cidr) || has(self.oneToOne)', message: 'cidr must be set, unless oneToOne is' },
  (value) => value.cidr !== undefined || value.oneToOne !== undefined,
);

const bridge = exactlyOneOf(
  z.object({
    name: linkName().describe('A bridge that the node already has.').optional(),
    of: linkName().describe('A bridge is made over this interface of the node.').optional(),
    vlan: vlanTag().describe('VLAN tag of the guests; needs a kernel with bridge VLAN filtering.').optional(),
  }),
  ['name', 'of'],
);

const networkSpec = exactlyOneOf(
  z.object({
    user: z
      .object({
        backend: z
          .enum(['Passt', 'Slirp'])
          .describe(
            'Who carries the packets: passt, a program beside qemu, or slirp, a part of it. Where nothing is given it is a passt that takes other forwards while it runs, if the node has one, and else slirp. A machine takes a change at its next start.',
          )
          .optional(),
        forwards: listAtomic(z.array(targetedForward).max(256))
          .describe('Ports of the host that reach guests.')
          .optional(),
      })
      .describe('Through the qemu process itself: no privileges, no reach between guests.')
      .optional(),
    nat: nat.describe("A network of the node's own with an address, DHCP and masquerading.").optional(),
    routed: routed
      .describe(
        "A network of the node's own as nat, whose guests keep their addresses: the node routes to it and from it.",
      )
      .optional(),
    isolated: isolated
      .describe("A network of the node's own that leads nowhere: guests reach each other and the node.")
      .optional(),
    bridge: bridge.describe('A bridge to a network that the node is on.').optional(),
    ovs: ovs.describe('A port of an Open vSwitch bridge.').optional(),
    external: externalNetwork
      .describe("A network of libvirt's that this version only remembers: no machine can be on it.")
      .optional(),
    nodeNames: listSet(z.array(objectName()).max(1000))
      .describe('Nodes that have the network; every node where nothing is given.')
      .optional(),
  }),
  ['user', 'nat', 'routed', 'isolated', 'bridge', 'ovs', 'external'],
);

const networkStatus = z.object({
  observedGeneration: observedGeneration(),
  nodes: listAtomic(
    z
      .array(
        z.object({
          name: z.string().max(253).describe('Node.'),
          ready: z.boolean().describe('Whether the network is up there.'),
          message: z.string().max(1024).describe('Why it is not.').optional(),
          device: z.string().max(15).describe('The bridge there.').optional(),
          datapath: z.string().max(16).describe('Datapath of an Open vSwitch bridge there.').optional(),
        }),
      )
      .max(1000),
  )
    .describe('State per node.')
    .optional(),
  leases: listAtomic(
    z
      .array(
        z.object({
          macAddress: z.string().max(17).describe('MAC address.'),
          address: z.string().max(45).describe('Address.'),
          hostName: z.string().max(253).describe('Host name.').optional(),
          expires: z.string().max(64).describe('When it ends.').optional(),
          nodeName: z.string().max(253).describe('Node that gave it.').optional(),
        }),
      )
      .max(4096),
  )
    .describe('DHCP leases.')
    .optional(),
  neighbors: listAtomic(
    z
      .array(
        z.object({
          macAddress: z.string().max(17).describe('MAC address.'),
          address: z.string().max(45).describe('Address.'),
          nodeName: z.string().max(253).describe('Node that saw it.').optional(),
        }),
      )
      .max(4096),
  )
    .describe('Addresses that guests were seen to use (ARP and neighbour discovery).')
    .optional(),
  conditions: conditions(),
});

export type Forward = z.output<typeof forward>;
export type FloatingAddress = z.output<typeof floatingAddress>;
export type NatSpec = z.output<typeof nat>;
export type RoutedSpec = z.output<typeof routed>;
export type IsolatedSpec = z.output<typeof isolated>;
export type BridgeSpec = z.output<typeof bridge>;
export type OvsSpec = z.output<typeof ovs>;
export type VirtualMachineNetworkSpec = z.output<typeof networkSpec>;
export type VirtualMachineNetworkStatus = z.output<typeof networkStatus>;
export type VirtualMachineNetwork = Resource<VirtualMachineNetworkSpec, VirtualMachineNetworkStatus>;

export const virtualMachineNetwork = defineKind({
  ...kindNames.VirtualMachineNetwork,
  description: 'How the interfaces of machines reach the world.',
  spec: networkSpec,
  status: networkStatus,
  columns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether it can be used.',
    },
    { name: 'CIDR', type: 'string', jsonPath: '.spec.nat.cidr', description: 'Subnet.' },
    { name: 'Bridge', type: 'string', jsonPath: '.spec.bridge.name', description: 'Bridge.', priority: 1 },
    {
      name: 'Message',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: 'Why it is or is not ready.',
      priority: 1,
    },
  ],
});
