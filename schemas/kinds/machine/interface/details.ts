import * as z from 'zod';
import { listAtomic } from '../../../types/list-map.ts';
import { address } from '../address.ts';
import { rom } from '../devices/host-device.ts';
import { line } from '../disk/location.ts';
import { virtioOptions } from '../virtio.ts';

const offload = z.object({
  csum: z.boolean().describe('Checksums.').optional(),
  gso: z.boolean().describe('Segmentation.').optional(),
  tso4: z.boolean().describe('TCP segmentation over IPv4.').optional(),
  tso6: z.boolean().describe('TCP segmentation over IPv6.').optional(),
  ecn: z.boolean().describe('Segmentation with ECN.').optional(),
  ufo: z.boolean().describe('UDP fragmentation.').optional(),
  mrgRxBuf: z.boolean().describe('Several buffers for one packet.').optional(),
});

const driver = z.object({
  name: z.enum(['qemu', 'vhost']).describe('Who moves packets; the kernel where it can.').optional(),
  txMode: z.enum(['iothread', 'timer']).describe('When packets are sent.').optional(),
  ioEventFd: z.boolean().describe('Handle requests outside the thread of the virtual CPU.').optional(),
  eventIndex: z.boolean().describe('Save interrupts and notifications.').optional(),
  rxQueueSize: z.int().min(64).max(1024).describe('Packets that fit into a receive queue.').optional(),
  txQueueSize: z.int().min(64).max(1024).describe('Packets that fit into a transmit queue.').optional(),
  rss: z.boolean().describe('Spread packets over queues by their hash.').optional(),
  rssHashReport: z.boolean().describe('Tell the guest that hash.').optional(),
  host: offload.describe('What the host does for the guest.').optional(),
  guest: offload.describe('What the guest takes from the host.').optional(),
});

const tag = z.object({
  id: z.int().min(0).max(4095).describe('VLAN tag.'),
  nativeMode: z.enum(['tagged', 'untagged']).describe('What it is for untagged frames.').optional(),
});

const virtualPort = z.object({
  type: z.enum(['openvswitch', '802.1Qbg', '802.1Qbh', 'midonet']).describe('Protocol of the switch.').optional(),
  interfaceId: line(64).describe('Id of the port.').optional(),
  profileId: line(255).describe('Profile of the port.').optional(),
  managerId: z.int().min(0).max(255).describe('VSI manager.').optional(),
  typeId: z.int().min(0).max(0xffffff).describe('VSI type.').optional(),
  typeIdVersion: z.int().min(0).max(255).describe('Version of the VSI type.').optional(),
  instanceId: line(36).describe('VSI instance.').optional(),
});

const parameter = z.object({ name: line(64).describe('Name.'), value: line(255).describe('Value.') });

/** What a guest sees of an interface, and what a switch is told of it, in libvirt's terms. */
export const interfaceDetails = {
  driver: driver.describe('How packets are moved.').optional(),
  rom: rom.describe('Boot code of the card; only where it boots where nothing is given.').optional(),
  isolated: z.boolean().describe('Keep it from other isolated ports of its bridge.').optional(),
  vlan: z
    .object({
      trunk: z.boolean().describe('Frames of all these tags pass tagged.').optional(),
      tags: listAtomic(z.array(tag).max(4095)).describe('Tags.'),
    })
    .describe('VLAN of the port.')
    .optional(),
  virtualPort: virtualPort.describe('What the switch is told of the port.').optional(),
  filter: z
    .object({
      name: line(255).describe('Name of the filter.'),
      parameters: listAtomic(z.array(parameter).max(256)).describe('Its parameters.').optional(),
    })
    .describe('Filter of packets.')
    .optional(),
  coalesceFrames: z.int().min(0).max(0xffffffff).describe('Packets that are passed on together.').optional(),
  sendBufferBytes: z.int().min(0).describe('Send buffer of the tap; 0 is no limit.').optional(),
  trustGuestRxFilters: z.boolean().describe('Let the guest change its MAC address and filters.').optional(),
  team: z
    .object({
      role: z.enum(['persistent', 'transient']).describe('Whether it stays when the machine moves.'),
      persistent: line(64).describe('Persistent interface that this one is a partner of.').optional(),
    })
    .describe('Pair of interfaces of which one is taken away for a migration.')
    .optional(),
  guestName: line(64).describe('Name in the guest, for containers.').optional(),
  acpiIndex: z.int().min(1).max(16383).describe('Number by which the guest names it.').optional(),
  virtio: virtioOptions.optional(),
  address: address('pci', 'usb'),
};
