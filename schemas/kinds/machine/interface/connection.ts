import * as z from 'zod';
import { exactlyOneOf } from '../../../types/exactly-one.ts';
import { hostPath, port } from '../../../types/primitives.ts';
import { pciDevice } from '../devices/host-device.ts';
import { line } from '../disk/location.ts';

/** Name of a host interface: at most 15 bytes (IFNAMSIZ - 1), no slash, no white space. */
const linkName = () =>
  z
    .string()
    .min(1)
    .max(15)
    .regex(/^[^\s/:]+$/);

const address = () => line(255).describe('IP address.');

const endpoint = z.object({ address: address().optional(), port: port().describe('Port.') });

/** What an interface is connected to where that is no network. Source: https://libvirt.org/formatdomain.html#network-interfaces */
export const connection = exactlyOneOf(
  z.object({
    direct: z
      .object({
        device: linkName().describe('Interface of the node.'),
        mode: z
          .enum(['vepa', 'bridge', 'private', 'passthrough'])
          .describe('Who sees the traffic between machines; vepa where nothing is given.')
          .optional(),
      })
      .describe('A macvtap on an interface of the node.')
      .optional(),
    tap: z
      .object({
        device: linkName()
          .describe(
            'A further name of the tap that is made; the name of the one that is there, where it is not managed.',
          )
          .optional(),
        managed: z
          .boolean()
          .describe('False for one that is there already; it is made for the machine otherwise.')
          .optional(),
      })
      .describe('A tap that somebody else connects.')
      .optional(),
    vhostUser: z
      .object({
        path: hostPath().describe('Unix socket of the switch.'),
        mode: z.enum(['client', 'server']).describe('Which side qemu is.'),
        reconnectSeconds: z.int().min(0).max(0x7fffffff).describe('Connect again after so long.').optional(),
      })
      .describe('A switch in user space, over vhost-user.')
      .optional(),
    hostDevice: pciDevice.describe('A network card of the node, through VFIO.').optional(),
    vdpa: z
      .object({ path: hostPath().describe('Character device, /dev/vhost-vdpa-0.') })
      .describe('A vDPA device of the node.')
      .optional(),
    multicast: endpoint.describe('All machines that take part in a multicast group.').optional(),
    server: endpoint.describe('A machine that connects to this TCP port.').optional(),
    client: endpoint.describe('A machine that listens on this TCP port.').optional(),
    udp: endpoint
      .extend({
        localAddress: address().describe('IP address that is received on.').optional(),
        localPort: port().describe('Port that is received on.'),
      })
      .describe('A machine at the other end of a UDP tunnel.')
      .optional(),
  }),
  ['direct', 'tap', 'vhostUser', 'hostDevice', 'vdpa', 'multicast', 'server', 'client', 'udp'],
);

export type Connection = z.output<typeof connection>;
