import * as z from 'zod';
import { listAtomic, listSet } from '../../types/list-map.ts';
import { port } from '../../types/primitives.ts';
import { withRule } from '../../types/rule.ts';
import { cidr, linkName, vlanTag } from './address.ts';
import { services } from './services.ts';

const acl = withRule(
  z.object({
    direction: z.enum(['To', 'From']).describe('Traffic to the guests, or from them.'),
    protocol: z
      .enum(['TCP', 'UDP', 'ICMP', 'ICMPv6', 'ARP', 'Any'])
      .describe('Protocol; Any where nothing is given.')
      .optional(),
    port: port().describe('Destination port, of TCP or UDP.').optional(),
    address: cidr().describe('The other end: a subnet, or one address with /32 or /128.').optional(),
    action: z.enum(['Allow', 'Drop']).describe('What becomes of it.'),
    priority: z.int().min(1).max(32000).describe('The higher is looked at first.'),
  }),
  {
    rule: '!has(self.port) || (has(self.protocol) && self.protocol in ["TCP", "UDP"])',
    message: 'a port needs the protocol TCP or UDP',
  },
  (rule) => rule.port === undefined || rule.protocol === 'TCP' || rule.protocol === 'UDP',
);

const rate = () => z.int().min(1).max(100_000_000);

const qos = z
  .object({
    inboundKilobytesPerSecond: rate().describe('Traffic to each guest, 1000 bytes per second.').optional(),
    outboundKilobytesPerSecond: rate().describe('Traffic from each guest, 1000 bytes per second.').optional(),
  })
  .describe('Limits of every port that has none of its own.');

export const ovs = withRule(
  z.object({
    bridge: linkName().describe('Open vSwitch bridge; made, and removed with the network, where it is not there.'),
    datapath: z
      .enum(['system', 'netdev'])
      .describe('Datapath of a bridge that is made: of the kernel (system), or in user space (netdev).')
      .optional(),
    vlan: vlanTag().describe('VLAN tag.').optional(),
    trunks: listSet(z.array(vlanTag()).max(4094)).describe('VLAN tags that pass tagged.').optional(),
    qos: qos.optional(),
    acls: listAtomic(z.array(acl).max(512))
      .describe('What may pass at the ports of guests; what no rule names may.')
      .optional(),
    cidr: cidr()
      .describe('Subnet in which the host has the first address, gives out addresses and masquerades.')
      .optional(),
    ...services,
  }),
  {
    rule: 'has(self.cidr) || !(has(self.cidr6) || has(self.gateway) || has(self.dhcp) || has(self.dns) || has(self.domain) || has(self.device) || has(self.forwards) || has(self.floatingAddresses))',
    message: 'cidr6, gateway, dhcp, dns, domain, device, forwards and floatingAddresses need a cidr',
  },
  ({ cidr: subnet, cidr6, gateway, dhcp, dns, domain, device, forwards, floatingAddresses }) =>
    subnet !== undefined ||
    [cidr6, gateway, dhcp, dns, domain, device, forwards, floatingAddresses].every((member) => member === undefined),
);
