import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { macAddress, objectName } from '../../types/primitives.ts';
import { cidr, ipAddress } from './address.ts';
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

export const dns = z
  .object({
    servers: listAtomic(z.array(ipAddress()).max(8))
      .describe("Name servers to ask; the host's where nothing is given.")
      .optional(),
    searchDomains: listAtomic(z.array(objectName()).max(32))
      .describe("Search domains; the host's where nothing is given.")
      .optional(),
  })
  .describe('DNS.');

/** What the host does for guests that it is the router of. */
export const services = {
  cidr6: cidr().describe('IPv6 subnet; of 64 bits, guests make their own addresses in it (SLAAC).').optional(),
  dhcp: dhcp.optional(),
  dns: dns.optional(),
  forwards: listAtomic(z.array(targetedForward).max(256)).describe('Ports of the host that reach guests.').optional(),
  floatingAddresses: listAtomic(z.array(floatingAddress).max(256))
    .describe('Addresses of the host that are machines’: all their traffic, both ways.')
    .optional(),
  mtu: z.int().min(576).max(65535).describe('MTU.').optional(),
};
