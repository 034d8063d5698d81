import * as z from 'zod';
import { listSet } from '../../types/list-map.ts';
import { objectName, port } from '../../types/primitives.ts';
import { ipAddress } from './address.ts';

const machine = () =>
  z.object({
    namespace: objectName().describe('Namespace of the machine; default where nothing is given.').optional(),
    name: objectName().describe('Name of the machine.'),
  });

/** A port of the host that reaches a port of a guest. */
export const forward = z.object({
  hostAddress: ipAddress().describe('Address of the host to listen on; 127.0.0.1 where nothing is given.').optional(),
  hostPort: port().describe('Port of the host.'),
  port: port().describe('Port of the guest.'),
  protocol: z.enum(['TCP', 'UDP']).describe('Protocol; TCP where nothing is given.').optional(),
});

export const targetedForward = forward.extend({
  virtualMachine: machine().describe('The machine that is reached.'),
});

const excludedPorts = () =>
  listSet(z.array(port()).max(128)).describe('Ports that stay with the host; 5900 where nothing is given.').optional();

/** As berth and kvm-manager did it: one host address for one guest. */
export const oneToOne = z
  .object({
    hostAddress: ipAddress().describe('Address of the host whose traffic goes to the guest.'),
    guestAddress: ipAddress().describe("Address of the guest; the subnet's last where nothing is given.").optional(),
    gateway: ipAddress()
      .describe("Address of the host in the subnet; the subnet's first where nothing is given.")
      .optional(),
    excludedPorts: excludedPorts(),
  })
  .describe('All protocols and ports of a host address reach the one guest of this network.');

export const floatingAddress = z.object({
  hostAddress: ipAddress().describe('Address of the host whose traffic goes to the machine.'),
  virtualMachine: machine().describe('The machine that has the address.'),
  excludedPorts: excludedPorts(),
});
