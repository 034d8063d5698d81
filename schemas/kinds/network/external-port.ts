import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { count, text } from './external-words.ts';

const tag = z.object({
  id: count(4095).describe('VLAN tag.'),
  nativeMode: z.enum(['tagged', 'untagged']).describe('How its own traffic goes through a trunk.').optional(),
});

export const vlan = z.object({
  trunk: z.boolean().describe('Whether tags pass.').optional(),
  tags: listAtomic(z.array(tag).max(4096)).describe('Tags.').optional(),
});

const parameters = z.object({
  profileId: text(64).describe('Profile of the port.').optional(),
  interfaceId: text(36).describe('Interface of Open vSwitch.').optional(),
  managerId: count(255).describe('VSI manager, of 802.1Qbg.').optional(),
  typeId: count(16_777_215).describe('VSI type.').optional(),
  typeIdVersion: count(255).describe('Version of the VSI type.').optional(),
  instanceId: text(36).describe('VSI instance.').optional(),
});

export const virtualPort = z.object({
  type: z.enum(['802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet']).describe('Protocol of the switch.').optional(),
  parameters: parameters.describe('What the switch is told.').optional(),
});

const rate = z.object({
  average: count(4_000_000_000).describe('KiB per second.').optional(),
  peak: count(4_000_000_000).describe('KiB per second.').optional(),
  burst: count(4_000_000_000).describe('KiB at peak rate.').optional(),
  floor: count(4_000_000_000).describe('KiB per second that are guaranteed.').optional(),
});

export const bandwidth = z.object({
  inbound: rate.describe('To guests.').optional(),
  outbound: rate.describe('From guests.').optional(),
});

export const portGroup = z.object({
  name: text(64).describe('Name that interfaces ask for.'),
  default: z.boolean().describe('Whether it is for those that ask for none.').optional(),
  isolated: z.boolean().describe('Whether its ports reach no other one that is isolated.').optional(),
  vlan: vlan.describe('VLAN.').optional(),
  virtualPort: virtualPort.describe('Port of a switch.').optional(),
  bandwidth: bandwidth.describe('Rates.').optional(),
});
