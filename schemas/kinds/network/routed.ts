import * as z from 'zod';
import { withRule } from '../../types/rule.ts';
import { cidr } from './address.ts';
import { addressing, services } from './services.ts';

/** libvirt's forward modes `route` and `open`. Source: https://libvirt.org/formatnetwork.html#connectivity */
export const routed = z.object({
  cidr: cidr().describe('Subnet, such as 10.10.0.0/24; others reach it by a route to this host.'),
  open: z
    .boolean()
    .default(false)
    .describe('Whether everything passes: the packet filter is left to the administrator.'),
  ...services,
});

/** libvirt's network without `<forward>`. */
export const isolated = withRule(
  z.object({
    cidr: cidr()
      .describe('Subnet in which the host has an address; the guests are alone where nothing is given.')
      .optional(),
    ...addressing,
  }),
  {
    rule: 'has(self.cidr) || !(has(self.cidr6) || has(self.gateway) || has(self.dhcp) || has(self.dns) || has(self.domain))',
    message: 'cidr6, gateway, dhcp, dns and domain need a cidr',
  },
  ({ cidr: subnet, cidr6, gateway, dhcp, dns, domain }) =>
    subnet !== undefined || [cidr6, gateway, dhcp, dns, domain].every((member) => member === undefined),
);
