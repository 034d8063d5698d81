import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { macAddress, objectName } from '../../types/primitives.ts';
import { cidr, ipAddress, linkName } from './address.ts';
import { floatingAddress, targetedForward } from './forward.ts';

export const dhcp = z
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

const record = z.object({
  address: ipAddress().describe('Address.'),
  names: listAtomic(z.array(objectName()).min(1).max(16)).describe('Names that it has.'),
});

export const dns = z
  .object({
    enabled: z.boolean().default(true).describe('Whether the host answers questions for names.'),
    servers: listAtomic(z.array(ipAddress()).max(8))
      .describe("Name servers to ask; the host's where nothing is given.")
      .optional(),
    searchDomains: listAtomic(z.array(objectName()).max(32))
      .describe("Search domains; the host's where nothing is given.")
      .optional(),
    hosts: listAtomic(z.array(record).max(1024)).describe('Names that are answered here.').optional(),
  })
  .describe('DNS.');

const domain = z
  .object({
    name: objectName().describe('Domain of the guests.'),
    localOnly: z.boolean().default(false).describe('Whether its names are never asked of others.'),
  })
  .describe('Domain.');

/** What the host does for guests on any network in which it has an address. */
export const addressing = {
  cidr6: cidr().describe('IPv6 subnet; of 64 bits, guests make their own addresses in it (SLAAC).').optional(),
  gateway: ipAddress()
    .describe("Address of the host in the subnet; the subnet's first where nothing is given.")
    .optional(),
  dhcp: dhcp.optional(),
  dns: dns.optional(),
  domain: domain.optional(),
  mtu: z.int().min(576).max(65535).describe('MTU.').optional(),
};

/** What the host does for guests that it is the router of. */
export const services = {
  ...addressing,
  device: linkName().describe('Interface of the node that it leads over; every one where nothing is given.').optional(),
  forwards: listAtomic(z.array(targetedForward).max(256)).describe('Ports of the host that reach guests.').optional(),
  floatingAddresses: listAtomic(z.array(floatingAddress).max(256))
    .describe('Addresses of the host that are machines’: all their traffic, both ways.')
    .optional(),
};
