import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { ipAddress } from './address.ts';
import { count, text } from './external-words.ts';

const names = () => listAtomic(z.array(text(253)).max(64)).optional();

/** What dnsmasq answers, in libvirt's terms. */
export const dns = z.object({
  enabled: z.boolean().describe('Whether there is a name server.').optional(),
  forwardPlainNames: z.boolean().describe('Whether names without a dot are asked of others.').optional(),
  forwarders: listAtomic(
    z
      .array(
        z.object({
          domain: text(253).describe('Names that it is asked for.').optional(),
          address: ipAddress().describe('Name server.').optional(),
        }),
      )
      .max(64),
  )
    .describe('Other name servers.')
    .optional(),
  hosts: listAtomic(
    z.array(z.object({ address: ipAddress().describe('Address.'), names: names().describe('Names of it.') })).max(1024),
  )
    .describe('Names of addresses.')
    .optional(),
  texts: listAtomic(
    z.array(z.object({ name: text(253).describe('Name.'), value: text(1024).describe('Value.') })).max(256),
  )
    .describe('TXT records.')
    .optional(),
  services: listAtomic(
    z
      .array(
        z.object({
          service: text(64).describe('Service.'),
          protocol: text(16).describe('Protocol.'),
          domain: text(253).describe('Domain.').optional(),
          target: text(253).describe('Host of it.').optional(),
          port: count(65535).describe('Port.').optional(),
          priority: count(65535).describe('Priority.').optional(),
          weight: count(65535).describe('Weight.').optional(),
        }),
      )
      .max(256),
  )
    .describe('SRV records.')
    .optional(),
});
