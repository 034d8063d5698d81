import * as z from 'zod';
import { conditions, observedGeneration } from '../types/condition.ts';
import { exactlyOneOf } from '../types/exactly-one.ts';
import { listAtomic, listSet } from '../types/list-map.ts';
import type { Resource } from '../types/object.ts';
import { macAddress, objectName, port } from '../types/primitives.ts';
import { defineKind } from './define.ts';
import { kindNames } from './names.ts';

const ADDRESS = /^[0-9a-fA-F:.]{2,45}$/;
const CIDR = /^[0-9a-fA-F:.]{2,45}\/[0-9]{1,3}$/;

const ipAddress = () => z.string().max(45).regex(ADDRESS);
const cidr = () => z.string().max(49).regex(CIDR);
/** Name of a host interface: at most 15 bytes (IFNAMSIZ - 1), no slash, no white space. */
const linkName = () =>
  z
    .string()
    .min(1)
    .max(15)
    .regex(/^[^\s/:]+$/);

/** A port of the host that reaches a port of a guest. */
export const forward = z.object({
  hostAddress: ipAddress().describe('Address of the host to listen on; 127.0.0.1 where nothing is given.').optional(),
  hostPort: port().describe('Port of the host.'),
  port: port().describe('Port of the guest.'),
  protocol: z.enum(['TCP', 'UDP']).describe('Protocol; TCP where nothing is given.').optional(),
});

const targetedForward = forward.extend({
  virtualMachine: z
    .object({
      namespace: objectName().describe('Namespace of the machine; default where nothing is given.').optional(),
      name: objectName().describe('Name of the machine.'),
    })
    .describe('The machine that is reached.'),
});

const dhcp = z
  .object({
    enabled: z.boolean().default(true).describe('Whether addresses are given out.'),
    start: ipAddress().describe('First address given out.').optional(),
    end: ipAddress().describe('Last address given out.').optional(),
    leaseSeconds: z.int().min(120).max(31_536_000).default(3600).describe('How long a lease holds.'),
    hosts: listAtomic(
      z
        .array(
          z.object({
            macAddress: macAddress().describe('MAC address.'),
            address: ipAddress().describe('Address that it always gets.'),
            hostName: objectName().describe('Host name that it gets.').optional(),
          }),
        )
        .max(1024),
    )
      .describe('Fixed addresses.')
      .optional(),
  })
  .describe('DHCP.');

const dns = z
  .object({
    servers: listAtomic(z.array(ipAddress()).max(8))
      .describe("Name servers to ask; the host's where nothing is given.")
      .optional(),
    searchDomains: listAtomic(z.array(objectName()).max(32))
      .describe("Search domains; the host's where nothing is given.")
      .optional(),
  })
  .describe('DNS.');

const oneToOne = z
  .object({
    hostAddress: ipAddress().describe('Address of the host whose traffic goes to the guest.'),
    guestAddress: ipAddress().describe("Address of the guest; the subnet's last where nothing is given.").optional(),
    gateway: ipAddress()
      .describe("Address of the host in the subnet; the subnet's first where nothing is given.")
      .optional(),
    excludedPorts: listSet(z.array(port()).max(128))
      .describe('Ports that stay with the host; 5900 where nothing is given.')
      .optional(),
  })
  .describe('All protocols and ports of a host address reach the one guest of this network.');

const nat = z.object({
  cidr: cidr().describe('Subnet, such as 10.10.0.0/24.'),
  cidr6: cidr().describe('IPv6 subnet.').optional(),
  dhcp: dhcp.optional(),
  dns: dns.optional(),
  forwards: listAtomic(z.array(targetedForward).max(256)).describe('Ports of the host that reach guests.').optional(),
  oneToOne: oneToOne.optional(),
  mtu: z.int().min(576).max(65535).describe('MTU.').optional(),
});

const bridge = exactlyOneOf(
  z.object({
    name: linkName().describe('A bridge that the node already has.').optional(),
    of: linkName().describe('A bridge is made over this interface of the node.').optional(),
    vlan: z.int().min(1).max(4094).describe('VLAN tag.').optional(),
  }),
  ['name', 'of'],
);

const networkSpec = exactlyOneOf(
  z.object({
    user: z
      .object({
        forwards: listAtomic(z.array(targetedForward).max(256))
          .describe('Ports of the host that reach guests.')
          .optional(),
      })
      .describe('Through the qemu process itself: no privileges, no reach between guests.')
      .optional(),
    nat: nat.describe("A network of the node's own with an address, DHCP and masquerading.").optional(),
    bridge: bridge.describe('A bridge to a network that the node is on.').optional(),
    ovs: z
      .object({
        bridge: linkName().describe('Open vSwitch bridge.'),
        vlan: z.int().min(1).max(4094).describe('VLAN tag.').optional(),
        trunks: listSet(z.array(z.int().min(1).max(4094)).max(4094))
          .describe('VLAN tags that pass tagged.')
          .optional(),
      })
      .describe('A port of an Open vSwitch bridge.')
      .optional(),
    nodeNames: listSet(z.array(objectName()).max(1000))
      .describe('Nodes that have the network; every node where nothing is given.')
      .optional(),
  }),
  ['user', 'nat', 'bridge', 'ovs'],
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
        }),
      )
      .max(4096),
  )
    .describe('DHCP leases.')
    .optional(),
  conditions: conditions(),
});

export type Forward = z.output<typeof forward>;
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
