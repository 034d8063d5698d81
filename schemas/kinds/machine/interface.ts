import * as z from 'zod';
import { exactlyOneOf } from '../../types/exactly-one.ts';
import { listAtomic } from '../../types/list-map.ts';
import { localName, macAddress } from '../../types/primitives.ts';
import { reference } from '../../types/reference.ts';
import { forward } from '../network/forward.ts';
import { connection } from './interface/connection.ts';
import { interfaceDetails } from './interface/details.ts';

/** Model of a network card; a row in executor/qemu/devices/interface.ts for each. */
export const interfaceModel = z.enum([
  'virtio',
  'virtio-transitional',
  'virtio-non-transitional',
  'e1000e',
  'e1000',
  'e1000-82544gc',
  'e1000-82545em',
  'igb',
  'rtl8139',
  'vmxnet3',
  'ne2k_pci',
  'pcnet',
  'tulip',
  'i82550',
  'i82551',
  'i82557a',
  'i82557b',
  'i82557c',
  'i82558a',
  'i82558b',
  'i82559a',
  'i82559b',
  'i82559c',
  'i82559er',
  'i82562',
  'i82801',
  'usb-net',
]);

const limit = () => z.int().min(1).max(1_000_000_000);

const bandwidth = z
  .object({
    inboundKilobytesPerSecond: limit().describe('Traffic to the guest, 1000 bytes per second.').optional(),
    outboundKilobytesPerSecond: limit().describe('Traffic from the guest, 1000 bytes per second.').optional(),
    inboundPeakKilobytesPerSecond: limit().describe('Most of it for a short time.').optional(),
    outboundPeakKilobytesPerSecond: limit().describe('Most of it for a short time.').optional(),
    inboundBurstKilobytes: limit().describe('What may pass at the peak.').optional(),
    outboundBurstKilobytes: limit().describe('What may pass at the peak.').optional(),
    inboundFloorKilobytesPerSecond: limit().describe('Traffic to the guest that it always gets.').optional(),
  })
  .describe('Limits of throughput.');

const fields = z.object({
  name: localName().describe('Name of the interface inside this machine.'),
  network: reference('VirtualMachineNetwork').describe('The network it is on.').optional(),
  connection: connection.describe('What it is connected to, where that is no network.').optional(),
  model: interfaceModel.default('virtio').describe('Network card that the guest sees.'),
  macAddress: macAddress()
    .describe("MAC address; made from the machine's uid and the name where nothing is given.")
    .optional(),
  addresses: listAtomic(z.array(z.string().min(2).max(49)).max(16))
    .describe('Addresses to give to the guest, where the network can (DHCP, floating addresses).')
    .optional(),
  forwards: listAtomic(z.array(forward).max(64))
    .describe('Ports of the host that reach this machine, on a user or nat network.')
    .optional(),
  bandwidth: bandwidth.optional(),
  linkState: z.enum(['Up', 'Down']).default('Up').describe('Whether the cable is plugged in.'),
  mtu: z
    .int()
    .min(68)
    .max(65535)
    .describe("MTU that the guest is told; the network's where nothing is given.")
    .optional(),
  queues: z.int().min(1).max(256).describe('Pairs of queues of a virtio card.').optional(),
  bootOrder: z.int().min(1).max(64).describe('Place in the boot order, the lowest first.').optional(),
  ...interfaceDetails,
});

export const networkInterface = exactlyOneOf(fields, ['network', 'connection']);
