import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { ipAddress, linkName } from './address.ts';
import { dns } from './external-dns.ts';
import { bandwidth, portGroup, virtualPort, vlan } from './external-port.ts';
import { count, text } from './external-words.ts';

const pciAddress = () =>
  z
    .string()
    .max(12)
    .regex(/^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/);

/** How libvirt forwards what guests send; None is a network that leads nowhere. Source: https://libvirt.org/formatnetwork.html */
export const externalModes = [
  'None',
  'NAT',
  'Route',
  'Open',
  'Bridge',
  'Private',
  'VEPA',
  'Passthrough',
  'HostDevice',
] as const;

const device = z.object({
  name: linkName().describe('Interface of the node.').optional(),
  address: pciAddress().describe('PCI address, 0000:03:00.1.').optional(),
});

const lease = z.object({
  expiry: count(4_294_967_295).describe('How long; 0 is for ever.'),
  unit: z.enum(['seconds', 'minutes', 'hours']).describe('Unit; minutes where nothing is given.').optional(),
});

const range = z.object({
  start: ipAddress().describe('First address.'),
  end: ipAddress().describe('Last address.'),
  lease: lease.describe('How long its leases hold.').optional(),
});

const dhcpHost = z.object({
  macAddress: text(17).describe('MAC address.').optional(),
  id: text(256).describe('DHCPv6 unique identifier.').optional(),
  name: text(253).describe('Host name.').optional(),
  address: ipAddress().describe('Address.').optional(),
  lease: lease.describe('How long its lease holds.').optional(),
});

const subnet = z.object({
  address: ipAddress().describe('Address of the host.').optional(),
  netmask: ipAddress().describe('Netmask.').optional(),
  prefix: count(128).describe('Length of the prefix.').optional(),
  family: z.enum(['ipv4', 'ipv6']).describe('Family; ipv4 where nothing is given.').optional(),
  localPtr: z.boolean().describe('Whether questions for its names backwards stay here.').optional(),
  tftpRoot: text(4096).describe('Folder that is served over TFTP.').optional(),
  bootFile: text(4096).describe('File that guests boot.').optional(),
  bootServer: text(253).describe('Server of that file.').optional(),
  ranges: listAtomic(z.array(range).max(64)).describe('Addresses that are given out.').optional(),
  hosts: listAtomic(z.array(dhcpHost).max(1024)).describe('Fixed addresses.').optional(),
});

const route = z.object({
  family: z.enum(['ipv4', 'ipv6']).describe('Family; ipv4 where nothing is given.').optional(),
  address: ipAddress().describe('Destination.'),
  netmask: ipAddress().describe('Netmask.').optional(),
  prefix: count(128).describe('Length of the prefix.').optional(),
  gateway: ipAddress().describe('Gateway.'),
  metric: count(4_294_967_295).describe('Metric.').optional(),
});

/** A network as libvirt describes it. */
export const externalNetwork = z.object({
  mode: z.enum(externalModes).describe('Where it leads.'),
  device: linkName().describe('Interface of the node that it leads over.').optional(),
  devices: listAtomic(z.array(device).max(256))
    .describe('Interfaces of the node that guests get a part of.')
    .optional(),
  physicalFunction: linkName().describe('Card whose virtual functions guests get.').optional(),
  driver: text(64).describe('Driver of the node that takes the functions.').optional(),
  managed: z.boolean().describe('Whether functions are taken from the node and given back.').optional(),
  masquerade: z
    .object({
      ipv6: z.boolean().describe('Whether IPv6 is masqueraded too.').optional(),
      startAddress: ipAddress().describe('First address of the host that is used.').optional(),
      endAddress: ipAddress().describe('Last address.').optional(),
      startPort: count(65535).describe('First port.').optional(),
      endPort: count(65535).describe('Last port.').optional(),
    })
    .describe('Addresses and ports behind which guests are.')
    .optional(),
  bridge: linkName().describe('Bridge.').optional(),
  mtu: count(65535).describe('MTU.').optional(),
  ipv6: z
    .boolean()
    .describe('Whether guests may talk IPv6 to each other where the network has no such address.')
    .optional(),
  isolated: z.boolean().describe('Whether guests are kept from each other.').optional(),
  domain: z
    .object({
      name: text(253).describe('Domain of the guests.').optional(),
      localOnly: z.boolean().describe('Whether its names are never asked of others.').optional(),
      register: z.boolean().describe("Whether the node's resolver learns of it.").optional(),
    })
    .describe('Domain.')
    .optional(),
  dns: dns.describe('Names.').optional(),
  subnets: listAtomic(z.array(subnet).max(64)).describe('Addresses of the host in it.').optional(),
  routes: listAtomic(z.array(route).max(256)).describe('Routes of the host through it.').optional(),
  vlan: vlan.describe('VLAN.').optional(),
  virtualPort: virtualPort.describe('Port of a switch.').optional(),
  bandwidth: bandwidth.describe('Rates.').optional(),
  portGroups: listAtomic(z.array(portGroup).max(64)).describe('What interfaces may ask for by name.').optional(),
});
