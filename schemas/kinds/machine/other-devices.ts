import * as z from 'zod';
import { listAtomic } from '../../types/list-map.ts';
import { audio } from './devices/audio.ts';
import { crypto } from './devices/crypto.ts';
import { hub } from './devices/hub.ts';
import { iommu } from './devices/iommu.ts';
import { devices } from './devices/named.ts';
import { redirectedDevice, redirectionRule } from './devices/redirected-device.ts';
import { parallel } from './devices/serial.ts';
import { sharedMemory } from './devices/shared-memory.ts';
import { smartCard } from './devices/smart-card.ts';

/** Devices that a machine has only where it names them. */
export const otherDevices = {
  parallels: devices(parallel, 4).describe('Ports for printers.').optional(),
  audios: devices(audio, 8).describe('Where the host lets sound out; nowhere where nothing is given.').optional(),
  smartCards: devices(smartCard, 4).describe('Smart cards.').optional(),
  redirectedDevices: devices(redirectedDevice, 16).describe('USB devices that come from a client.').optional(),
  redirectionFilter: listAtomic(z.array(redirectionRule).min(1).max(64))
    .describe('Which USB devices may be redirected; all of them where nothing is given.')
    .optional(),
  sharedMemories: devices(sharedMemory, 8).describe('Memory that machines of the node share.').optional(),
  cryptos: devices(crypto, 8).describe('Devices that encrypt for the guest.').optional(),
  hubs: devices(hub, 16).describe('USB hubs.').optional(),
  iommu: iommu.describe('IOMMU of the machine.').optional(),
};
